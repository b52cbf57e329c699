package logistic

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// binaryLoss turns the log-odds of class 1 into the log-loss of label, and
// overwrites them with the loss's derivative.
func binaryLoss(logits []float64, label int) float64 {
	z := logits[0]
	e := math.Exp(-math.Abs(z))
	p := 1 / (1 + e) // of the likelier class
	if z < 0 {
		p = e / (1 + e)
	}
	if label == 1 {
		logits[0] = p - 1
		return max(-z, 0) + math.Log1p(e)
	}
	logits[0] = p
	return max(z, 0) + math.Log1p(e)
}

// softmaxLoss turns one row of logits into the log-loss of label, and
// overwrites them with the loss's gradient.
func softmaxLoss(logits []float64, label int) float64 {
	z := logits[label]
	logSum := softmax(logits)
	logits[label]--
	return logSum - z
}

// softmax overwrites logits with their probabilities and returns the logarithm
// of the sum of their exponentials.
func softmax(logits []float64) (logSum float64) {
	top := math.Inf(-1)
	for _, z := range logits {
		if z > top {
			top = z
		}
	}
	var sum float64
	for c, z := range logits {
		e := math.Exp(z - top)
		logits[c] = e
		sum += e
	}
	floats.Scale(1/sum, logits)
	return top + math.Log(sum)
}
