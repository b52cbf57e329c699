package backbone

import "testing"

// TestNamesOfOutputsAreRead tells class scores from features by whole words.
func TestNamesOfOutputsAreRead(t *testing.T) {
	for name, want := range map[string]verdict{
		"class_embedding": isFeatures, "classifier_features": isFeatures, "image_embeds": isFeatures,
		"last_hidden_state": isFeatures, "poolerOutput": isFeatures, "Representations": isFeatures,
		"logits": isScores, "classLogits": isScores, "model/predictions/Softmax:0": isScores, "probabilities": isScores,
		"scores_1": isScores, "labels": isScores, "class_scores": isScores,
		"classical": isUnclear, "underscore": isUnclear, "probe": isUnclear, "output_0": isUnclear,
	} {
		if got := (ending{inputs: []string{"x"}}).verdict(name, 640); got != want {
			t.Errorf("%s: verdict %d, want %d", name, got, want)
		}
	}
	if got := (ending{activated: true}).verdict("class_embedding", 640); got != isScores {
		t.Errorf("after a softmax: verdict %d", got)
	}
}
