package softmax

import (
	"math"
	"slices"
	"testing"
)

func TestProbabilitiesOfLargeLogits(t *testing.T) {
	for _, shift := range []float64{0, 1e5, -1e5} {
		logits := []float64{shift, shift + math.Ln2}
		logSum := Probabilities(logits)
		if math.Abs(logSum-shift-math.Log(3)) > 1e-10 || math.Abs(logits[0]-1.0/3) > 1e-10 || math.Abs(logits[1]-2.0/3) > 1e-10 {
			t.Errorf("shift %g: probabilities %v, logarithm of the sum %v", shift, logits, logSum)
		}
	}
}

// TestGradientOfLoss compares it with finite differences.
func TestGradientOfLoss(t *testing.T) {
	at := []float64{0.3, -1.2, 2}
	const step = 1e-6
	for label := range at {
		gradient := slices.Clone(at)
		Loss(gradient, label)
		for k := range at {
			above, below := slices.Clone(at), slices.Clone(at)
			above[k] += step
			below[k] -= step
			want := (Loss(above, label) - Loss(below, label)) / (2 * step)
			if math.Abs(gradient[k]-want) > 1e-8 {
				t.Errorf("label %d: derivative %d is %v, not %v", label, k, gradient[k], want)
			}
		}
	}
}
