package head

import (
	"context"
	"math"
	"runtime"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/ood"
	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/internal/matrix"
	"github.com/digitalinnovationone/headstart/internal/neardup"
)

// A Head gives the probabilities of classes from an embedding. It may be used
// by several goroutines at once, as long as none changes Meta.
type Head struct {
	Meta Meta

	scale       []float32  // multiplies the embedding first, so that its blocks count as they should; nil: 1 each
	unit        bool       // the embedding is then scaled to length 1
	last        int        // values of the last block, which the unknown score looks at
	layers      []dense    // one or more, with ReLU between them
	temperature float32    // divides the logits
	unknown     *ood.Model // nil if there is none
	remembered  memory     // which images were in which split
	pictures    []neardup.Sketch
}

// dense is a fully connected layer: y = weight·x + bias.
type dense struct {
	in     int
	weight []float32 // one row of length in for each output
	bias   []float32
}

// apply computes four outputs at a time, as each addition to a sum waits for the
// last one.
func (d *dense) apply(x, dst []float64) {
	k := 0
	for ; k+4 <= len(dst); k += 4 {
		a, b, c, e := d.row(k), d.row(k+1), d.row(k+2), d.row(k+3)
		sa, sb, sc, se := float64(d.bias[k]), float64(d.bias[k+1]), float64(d.bias[k+2]), float64(d.bias[k+3])
		for j, v := range x {
			sa += v * float64(a[j])
			sb += v * float64(b[j])
			sc += v * float64(c[j])
			se += v * float64(e[j])
		}
		dst[k], dst[k+1], dst[k+2], dst[k+3] = sa, sb, sc, se
	}
	for ; k < len(dst); k++ {
		sum := float64(d.bias[k])
		for j, w := range d.row(k) {
			sum += x[j] * float64(w)
		}
		dst[k] = sum
	}
}

func (d *dense) row(k int) []float32 { return d.weight[k*d.in : (k+1)*d.in] }

// Dim is the length of the embeddings that the head takes.
func (h *Head) Dim() int { return h.layers[0].in }

// Logits returns one number per class, whose softmax is Probabilities. It
// stores them in dst if that has room. It panics if row is not of length Dim.
func (h *Head) Logits(row []float32, dst []float64) []float64 {
	classes := len(h.layers[len(h.layers)-1].bias)
	dst = slices.Grow(dst[:0], classes)[:classes]
	h.logits(row, h.scratch(), dst)
	return dst
}

// scratch returns room for what each layer takes.
func (h *Head) scratch() [][]float64 {
	inputs := make([][]float64, len(h.layers))
	for i, layer := range h.layers {
		inputs[i] = make([]float64, layer.in)
	}
	return inputs
}

// logits is Logits with the scratch of one goroutine.
func (h *Head) logits(row []float32, inputs [][]float64, dst []float64) {
	x := inputs[0]
	if len(row) != len(x) {
		panic("head: embedding of the wrong length")
	}
	for j, v := range row {
		x[j] = float64(v)
	}
	for j, by := range h.scale {
		x[j] *= float64(by)
	}
	if h.unit {
		scaleToUnit(x)
	}
	last := len(h.layers) - 1
	for i, layer := range h.layers[:last] {
		hidden := inputs[i+1]
		layer.apply(inputs[i], hidden)
		for k, v := range hidden {
			hidden[k] = max(v, 0)
		}
	}
	h.layers[last].apply(inputs[last], dst)
	for k := range dst {
		dst[k] /= float64(h.temperature)
	}
}

// minNorm replaces smaller lengths, so that zeros stay zeros.
const minNorm = 1e-12

func scaleToUnit(x []float64) {
	var squares float64
	for _, v := range x {
		squares += v * v
	}
	length := max(math.Sqrt(squares), minNorm)
	for j := range x {
		x[j] /= length
	}
}

// Probabilities returns the probability of each class, in the order of
// Meta.Classes. It stores them in dst if that has room. It panics if row is not
// of length Dim.
func (h *Head) Probabilities(row []float32, dst []float64) []float64 {
	dst = h.Logits(row, dst)
	softmax.Probabilities(dst)
	return dst
}

// Predict returns the probabilities of every row of x.
func (h *Head) Predict(x Matrix) [][]float64 {
	probabilities := matrix.Table[float64](x.Len(), len(h.Meta.Classes))
	// The context does not end, and there is no other error.
	_ = spread(context.Background(), runtime.GOMAXPROCS(0), x.Len(), func() func(i int) {
		scratch := h.scratch()
		return func(i int) {
			h.logits(x.Row(i), scratch, probabilities[i])
			softmax.Probabilities(probabilities[i])
		}
	})
	return probabilities
}

// UnknownScore tells how far an embedding is from everything the head was trained
// on: the mean cosine distance to the nearest training embeddings, 0 to 2. An
// image that scores above Meta.Unknown.Threshold probably belongs to none of the
// classes. It panics if Meta.Unknown is nil, as it is for heads of older files,
// or if row is not of length Dim.
func (h *Head) UnknownScore(row []float32) float64 {
	return h.unknown.Score(row[h.Dim()-h.last:])
}
