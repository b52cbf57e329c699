package head

import "math"

// Linear says how a head comes to the logit of a class for one embedding. It stores
// a weight for each value of row in weights, which is of length Dim, and returns a
// bias, such that
//
//	Logits(row)[class] − mean of Logits(row) = bias + Σ_k weights[k] · row[k].
//
// The mean over classes is taken off because it changes no probability, and the sign
// of what is left says whether a value speaks for the class or against it.
//
// The equation holds exactly for this row, since every kind of head is linear around
// it:
//
//   - [Logistic] and [LDA] are linear: weights and bias are those of the file, into
//     which the standardisation of the embeddings has been folded.
//   - [LogisticUnit] divides the row by its length ‖row‖, one number for the whole
//     image: w·(row / ‖row‖) = (w / ‖row‖)·row.
//   - Where blocks are scaled, s⊙row stands in the place of row, in its length too:
//     w·(s⊙row / ‖s⊙row‖) = (s⊙w / ‖s⊙row‖)·row.
//   - [MLP] is piecewise linear: for this row some hidden units are active, and of
//     W2·max(W1·row + b1, 0) + b2 remain the weights W2·A·W1 and the bias
//     W2·A·b1 + b2, where A is 1 for active units on its diagonal and else 0.
//
// Everything is divided by the temperature, as logits are. Linear panics if row or
// weights are not of length Dim.
func (h *Head) Linear(row []float32, class int, weights []float64) (bias float64) {
	if len(row) != h.Dim() || len(weights) != h.Dim() {
		panic("head: embedding of the wrong length")
	}
	inputs := h.scratch()
	h.logits(row, inputs, make([]float64, len(h.layers[len(h.layers)-1].bias)))
	last := h.layers[len(h.layers)-1]
	back := make([]float64, last.in) // the derivative by what the layer takes
	share := 1 / float64(len(last.bias))
	for k, b := range last.bias {
		of := -share
		if k == class {
			of++
		}
		bias += of * float64(b)
		for j, w := range last.row(k) {
			back[j] += of * float64(w)
		}
	}
	for i := len(h.layers) - 2; i >= 0; i-- {
		layer := h.layers[i]
		before := make([]float64, layer.in)
		for k, active := range inputs[i+1] {
			if active == 0 {
				continue
			}
			bias += back[k] * float64(layer.bias[k])
			for j, w := range layer.row(k) {
				before[j] += back[k] * float64(w)
			}
		}
		back = before
	}
	by := 1 / float64(h.temperature)
	bias *= by
	if h.unit {
		by /= h.length(row)
	}
	for j := range weights {
		weights[j] = back[j] * by
		if h.scale != nil {
			weights[j] *= float64(h.scale[j])
		}
	}
	return bias
}

// length is what scaleToUnit divides by.
func (h *Head) length(row []float32) float64 {
	var squares float64
	for j, v := range row {
		scaled := float64(v)
		if h.scale != nil {
			scaled *= float64(h.scale[j])
		}
		squares += scaled * scaled
	}
	return max(math.Sqrt(squares), minNorm)
}
