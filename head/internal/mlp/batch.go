package mlp

import (
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// vectorWidth divides the length of all vectors, so that kernels have no
// remainder.
const vectorWidth = 8

// A batch is some rows with everything that a step needs of them. Matrices are padded
// with zeros to what the kernels take.
type batch struct {
	rows       []int        // of the matrix
	inputs     matrix.Dense // scaled, and 1 for the units' biases
	hidden     matrix.Dense // a column for each unit: after ReLU
	hiddenGrad matrix.Dense // as hidden: derivatives of the loss by what goes into ReLU
	logitGrad  matrix.Dense // classes: derivatives of the loss by the logits
	losses     []float64    // weighted cross-entropy
	zeros      []float32    // weights of a missing unit
	gradients  []float32    // see layer.learn
}

func newBatch(rows, dim, hidden, classes int) *batch {
	// Kernels take four rows, or three.
	padded := roundUp(rows, kernel.Rows*kernel.Outputs)
	inputs, logits := roundUp(dim+1, vectorWidth), roundUp(classes, vectorWidth)
	units := roundUp(hidden, kernel.Rows*kernel.Outputs)
	b := &batch{
		inputs:     matrix.New(padded, inputs),
		hidden:     matrix.New(padded, units),
		hiddenGrad: matrix.New(padded, units),
		logitGrad:  matrix.New(padded, logits),
		losses:     make([]float64, rows),
		zeros:      make([]float32, max(inputs, logits)),
		gradients:  make([]float32, kernel.Outputs*max(inputs, logits)),
	}
	for i := range rows {
		b.inputs.Row(i)[dim] = 1
	}
	return b
}

// forward computes the losses of the batch's rows, and their derivatives by the
// logits.
func (t *Trainer) forward() {
	b := t.batch
	for i, row := range b.rows {
		t.scaler.apply(t.x, row, b.inputs.Row(i))
	}
	b.products(b.hidden, b.inputs, t.hidden.value)
	for i, row := range b.rows {
		logits := b.logitGrad.Row(i)[:len(t.bias)]
		copy(logits, t.bias)
		hidden := b.hidden.Row(i)[:t.opt.Hidden]
		for k, v := range hidden {
			hidden[k] = max(v, 0)
			if hidden[k] != 0 {
				blas32.Axpy(hidden[k], vector(t.output.value.Row(k)[:len(logits)]), vector(logits))
			}
		}
		b.losses[i] = t.weights[row] * softmax.Loss32(logits, t.labels[row])
	}
}

// backward makes the network learn from the rows' mean loss, after forward.
func (t *Trainer) backward(s adamStep) {
	b := t.batch
	for i, row := range b.rows {
		blas32.Scal(float32(t.weights[row]/float64(len(b.rows))), vector(b.logitGrad.Row(i)[:len(t.bias)]))
	}
	b.products(b.hiddenGrad, b.logitGrad, t.output.value)
	for i := range b.rows {
		gradient := b.hiddenGrad.Row(i)
		for k, v := range b.hidden.Row(i)[:t.opt.Hidden] {
			if v <= 0 {
				gradient[k] = 0
			}
		}
	}
	t.output.learn(b, b.logitGrad, b.hidden, s)
	t.hidden.learn(b, b.inputs, b.hiddenGrad, s)
}

// products stores, for each row of in, its product with the weights of each unit.
func (b *batch) products(dst, in, weights matrix.Dense) {
	for first := 0; first < weights.Len(); first += kernel.Rows {
		var units [kernel.Rows][]float32
		for k := range units {
			units[k] = b.zeros[:weights.Cols]
			if first+k < weights.Len() {
				units[k] = weights.Row(first + k)
			}
		}
		for i := 0; i < len(b.rows); i += kernel.Outputs {
			var out [kernel.Rows * kernel.Outputs]float32
			kernel.Dot(&out, &units, in.Data[i*in.Cols:], in.Cols)
			for r := range kernel.Outputs {
				copy(dst.Row(i + r)[first:], out[kernel.Rows*r:kernel.Rows*(r+1)])
			}
		}
	}
}

// roundUp returns the least multiple of unit that is n or more.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
