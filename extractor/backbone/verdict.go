package backbone

import (
	"slices"
	"strings"
	"unicode"
)

// What the end of a network gives.
type verdict int

const (
	isScores   verdict = iota + 1
	isFeatures         // a projection, or what its author calls an embedding
	isUnclear
)

// verdict tells class scores from a projection by what the graph shows. name is
// the output's, and width the number of its values.
func (e ending) verdict(name string, width int) verdict {
	switch {
	case e.activated:
		return isScores
	case nameContains(name, featureWords):
		return isFeatures
	case nameContains(name, scoreWords) || slices.Contains(usualClasses, width):
		return isScores
	case e.attends || e.averaged && !e.narrows:
		return isFeatures
	case len(e.inputs) > 1 || width%64 != 0:
		return isScores
	default:
		return isUnclear
	}
}

// usualClasses are numbers of classes of ImageNet and what was derived from it.
var usualClasses = []int{1000, 1001, 10450, 11221, 11821, 21841, 21842, 21843}

// featureWords are found in names of outputs that are meant to be embeddings, and
// scoreWords in those of classifiers.
var (
	featureWords = []string{
		"embed", "embeds", "embedding", "embeddings", "pooler", "pooled", "feature", "features", "feat", "feats",
		"representation", "representations", "latent", "latents", "hidden",
	}
	scoreWords = []string{
		"logit", "logits", "prob", "probs", "proba", "probability", "probabilities", "score", "scores", "softmax",
		"class", "classes", "classifier", "label", "labels", "pred", "preds", "prediction", "predictions",
	}
)

// nameContains reports whether one of the words is a word of a name such as
// last_hidden_state or classLogits.
func nameContains(name string, words []string) bool {
	var text strings.Builder
	lower := false
	for _, r := range name {
		if !unicode.IsLetter(r) || lower && unicode.IsUpper(r) {
			text.WriteByte(' ')
		}
		if unicode.IsLetter(r) {
			text.WriteRune(unicode.ToLower(r))
		}
		lower = unicode.IsLower(r)
	}
	return slices.ContainsFunc(strings.Fields(text.String()), func(word string) bool { return slices.Contains(words, word) })
}
