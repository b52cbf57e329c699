// Package softmax turns logits into the probabilities of classes, and into the
// loss of a class.
package softmax

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Probabilities overwrites logits with exp(logit) / Σ exp, and returns the
// logarithm of the sum. Logits of any finite size are safe.
func Probabilities(logits []float64) (logSum float64) {
	top := floats.Max(logits)
	var sum float64
	for k, z := range logits {
		e := math.Exp(z - top)
		logits[k] = e
		sum += e
	}
	floats.Scale(1/sum, logits)
	return top + math.Log(sum)
}

// Loss returns the log-loss of label, −ln of its probability, and overwrites
// logits with its gradient: the probabilities, less 1 for the label.
func Loss(logits []float64, label int) float64 {
	z := logits[label]
	logSum := Probabilities(logits)
	logits[label]--
	return logSum - z
}
