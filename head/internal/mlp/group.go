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

// A group is some rows of a batch and the hidden units they go through, with
// everything they need on the way. Groups share nothing that a step changes, so
// they run at the same time. Matrices are padded with zeros to what the kernels
// take.
type group struct {
	rows       []int        // of the matrix
	units      []int        // hidden units
	inputs     matrix.Dense // scaled, and 1 for the units' biases
	hidden     matrix.Dense // a column for each of units: after ReLU and dropout
	hiddenGrad matrix.Dense // as hidden: derivatives of the loss by what goes into ReLU
	logitGrad  matrix.Dense // classes: derivatives of the loss by the logits
	losses     []float64    // weighted cross-entropy
	zeros      []float32    // weights of a missing unit
	gradients  []float32    // see layer.learn
}

func newGroup(rows, dim, hidden, classes int) *group {
	// Kernels take four rows, or three.
	padded := roundUp(rows, kernel.Rows*kernel.Outputs)
	inputs, logits := roundUp(dim+1, vectorWidth), roundUp(classes, vectorWidth)
	units := roundUp(hidden, kernel.Rows*kernel.Outputs)
	g := &group{
		inputs:     matrix.New(padded, inputs),
		hidden:     matrix.New(padded, units),
		hiddenGrad: matrix.New(padded, units),
		logitGrad:  matrix.New(padded, logits),
		losses:     make([]float64, rows),
		zeros:      make([]float32, max(inputs, logits)),
		gradients:  make([]float32, kernel.Outputs*max(inputs, logits)),
	}
	for i := range rows {
		g.inputs.Row(i)[dim] = 1
	}
	return g
}

// forward computes the losses of a group's rows, and their derivatives by the
// logits. The output of hidden units is multiplied by scale.
func (t *Trainer) forward(g *group, scale float32) {
	for i, row := range g.rows {
		t.scaler.apply(t.x, row, g.inputs.Row(i))
	}
	g.products(g.hidden, g.inputs, t.hidden.value)
	for i, row := range g.rows {
		logits := g.logitGrad.Row(i)[:len(t.bias)]
		copy(logits, t.bias)
		hidden := g.hidden.Row(i)
		for k, unit := range g.units {
			hidden[k] = scale * max(hidden[k], 0)
			if hidden[k] != 0 {
				blas32.Axpy(hidden[k], vector(t.output.value.Row(unit)[:len(logits)]), vector(logits))
			}
		}
		g.losses[i] = t.weights[row] * softmax.Loss32(logits, t.labels[row])
	}
}

// backward makes the group's units learn from the rows' mean loss, after
// forward with the same scale.
func (t *Trainer) backward(g *group, scale float32, s adamStep) {
	for i, row := range g.rows {
		blas32.Scal(float32(t.weights[row]/float64(len(g.rows))), vector(g.logitGrad.Row(i)[:len(t.bias)]))
	}
	g.products(g.hiddenGrad, g.logitGrad, t.output.value)
	for i := range g.rows {
		hidden, gradient := g.hidden.Row(i), g.hiddenGrad.Row(i)
		for k := range g.units {
			if hidden[k] > 0 {
				gradient[k] *= scale
			} else {
				gradient[k] = 0
			}
		}
	}
	t.output.learn(g, g.logitGrad, g.hidden, s)
	t.hidden.learn(g, g.inputs, g.hiddenGrad, s)
}

// products stores, for each row of in, its product with the weights of each of
// the group's units.
func (g *group) products(dst, in, weights matrix.Dense) {
	for first := 0; first < len(g.units); first += kernel.Rows {
		var units [kernel.Rows][]float32
		for k := range units {
			units[k] = g.zeros[:weights.Cols]
			if first+k < len(g.units) {
				units[k] = weights.Row(g.units[first+k])
			}
		}
		for i := 0; i < len(g.rows); i += kernel.Outputs {
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
