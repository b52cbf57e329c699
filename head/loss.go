package head

import "math"

// softmax overwrites logits with their probabilities and returns the logarithm
// of the sum of their exponentials.
func softmax(logits []float64) (logSum float64) {
	top := math.Inf(-1)
	for _, z := range logits {
		top = max(top, z)
	}
	var sum float64
	for c, z := range logits {
		logits[c] = math.Exp(z - top)
		sum += logits[c]
	}
	for c := range logits {
		logits[c] /= sum
	}
	return top + math.Log(sum)
}

// table returns rows of zeros that lie one after the other in memory.
func table[T float32 | float64](rows, columns int) [][]T {
	values := make([]T, rows*columns)
	t := make([][]T, rows)
	for i := range t {
		t[i] = values[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return t
}
