package logistic

import "math"

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
