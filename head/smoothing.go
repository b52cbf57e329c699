package head

import (
	"math"
	"slices"
)

// targets are the probabilities that rows should have: nearly 1 for the label, and
// the rest for all other classes alike.
//
// A few rows that are all classified correctly do not tell that the next will be.
// Without the rest, the highest confidence would be the best for them, and the kind
// of head that can be the most confident. So a row's target is how likely it is,
// after n rows without a mistake, that the next is none either: half a mistake
// among n + 1, by Jeffreys' prior (Krichevsky and Trofimov: The performance of
// universal encoding, 1981). Platt does the same with one among n + 2
// (Probabilistic outputs for support vector machines, 1999), which was measured to
// be too cautious.
type targets struct {
	labels []int
	others float64 // what all classes but the label have together
}

// smoothed returns the targets of rows that tell as much as n independent ones.
func smoothed(labels []int, n int) targets {
	return targets{labels, 0.5 / float64(n+1)}
}

// logit is the mean of a row's logits, weighted by its target.
func (t targets) logit(row int, logits []float32) float64 {
	own := float64(logits[t.labels[row]])
	if t.others == 0 {
		return own
	}
	var sum float64
	for _, z := range logits {
		sum += float64(z)
	}
	mean := (sum - own) / float64(len(logits)-1)
	return own + t.others*(mean-own)
}

// loss is the cross-entropy of the target and the probabilities that the logits
// have at a temperature.
func (t targets) loss(row int, logits []float32, probabilities []float64, temperature float64) float64 {
	highest := float64(slices.Max(logits))
	return (highest-t.logit(row, logits))/temperature - math.Log(slices.Max(probabilities))
}
