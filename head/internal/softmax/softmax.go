// Package softmax turns logits into the probabilities of classes, and into the
// log-loss (cross-entropy) of a class.
package softmax

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Probabilities overwrites logits with exp(logit) / Σ exp, and returns the
// logarithm of the sum. Logits of any finite size are safe.
func Probabilities(logits []float64) (logSum float64) {
	top, sum := exponentials(logits)
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

// Loss32 is Loss of float32 logits.
func Loss32(logits []float32, label int) float64 {
	z := logits[label]
	top, sum := exponentials(logits)
	for k := range logits {
		logits[k] /= float32(sum)
	}
	logits[label]--
	return math.Log(sum) - float64(z-top)
}

// exponentials overwrites logits with exp(logit − top), top being the largest,
// and returns their sum.
func exponentials[T float32 | float64](logits []T) (top T, sum float64) {
	top = slices.Max(logits)
	for k, z := range logits {
		e := math.Exp(float64(z - top))
		logits[k] = T(e)
		sum += e
	}
	return top, sum
}

// BinaryLoss is Loss for two classes and a single logit, the log-odds of class 1.
func BinaryLoss(logits []float64, label int) float64 {
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
