package mlp

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// A group is some rows of a batch and the hidden units they go through, with
// all that they need on the way. Groups share nothing that a step changes, so
// they run at the same time. Tables have room for an even number of rows.
type group struct {
	rows   []int     // of the matrix
	units  []int     // hidden units
	inputs table     // standardised, and 1 for the units' biases
	hidden table     // a column for each of units: after ReLU and dropout
	blame  table     // as hidden: the loss's derivatives by what goes into ReLU
	errors table     // classes: the loss's derivatives by the logits
	losses []float64 // weighted cross-entropy
	spare  []float32 // zeros, in the place of a unit's weights
}

func newGroup(rows, dim, hidden, classes int) *group {
	even := roundUp(rows, pairRows)
	inputs, errors := roundUp(dim+1, vectorWidth), roundUp(classes, vectorWidth)
	g := &group{
		inputs: newTable(even, inputs),
		hidden: newTable(even, roundUp(hidden, quadUnits)),
		blame:  newTable(even, roundUp(hidden, quadUnits)),
		errors: newTable(even, errors),
		losses: make([]float64, rows),
		spare:  make([]float32, max(inputs, errors)),
	}
	for i := range even {
		g.inputs.row(i)[dim] = 1
	}
	return g
}

// forward takes a group's rows to their losses, and to the losses' derivatives
// by the logits. What comes out of hidden units counts scale times.
func (t *trainer) forward(g *group, scale float32) {
	for i, row := range g.rows {
		t.scaler.apply(t.x.Row(row), g.inputs.row(i))
	}
	g.products(g.hidden, g.inputs, t.hidden.value)
	for i, row := range g.rows {
		logits := g.errors.row(i)[:len(t.bias)]
		copy(logits, t.bias)
		hidden := g.hidden.row(i)
		for k, unit := range g.units {
			hidden[k] = scale * max(hidden[k], 0)
			if hidden[k] != 0 {
				blas32.Axpy(hidden[k], vector(t.output.value.row(unit)[:len(logits)]), vector(logits))
			}
		}
		g.losses[i] = t.weights[row] * crossEntropy(logits, t.labels[row])
	}
}

// backward makes the group's units learn from the rows' mean loss, after
// forward with the same scale.
func (t *trainer) backward(g *group, scale float32, s stride) {
	for i, row := range g.rows {
		errors := g.errors.row(i)[:len(t.bias)]
		blas32.Scal(float32(t.weights[row]/float64(len(g.rows))), vector(errors))
	}
	g.products(g.blame, g.errors, t.output.value)
	for i := range g.rows {
		hidden, blame := g.hidden.row(i), g.blame.row(i)
		for k := range g.units {
			if hidden[k] > 0 {
				blame[k] *= scale
			} else {
				blame[k] = 0
			}
		}
	}
	rows := len(g.rows)
	t.output.learn(g.units, g.spare, g.errors.head(rows), g.hidden, s)
	t.hidden.learn(g.units, g.spare, g.inputs.head(rows), g.blame, s)
}

// products stores, for each row of in, its product with the weights of each of
// the group's units.
func (g *group) products(dst, in, weights table) {
	for first := 0; first < len(g.units); first += quadUnits {
		units := quadOf(weights, g.units[first:min(first+quadUnits, len(g.units))], g.spare)
		for i := 0; i < len(g.rows); i += pairRows {
			out0, out1 := dst.row(i)[first:], dst.row(i + 1)[first:]
			dots((*[quadUnits]float32)(out0), (*[quadUnits]float32)(out1), in.row(i), in.row(i+1), &units)
		}
	}
}

// crossEntropy returns the loss of logits, natural logarithm, and overwrites
// them with its derivatives.
func crossEntropy(logits []float32, label int) float64 {
	top := logits[0]
	for _, z := range logits {
		top = max(top, z)
	}
	z := float64(logits[label] - top)
	var sum float64
	for c, z := range logits {
		e := math.Exp(float64(z - top))
		logits[c] = float32(e)
		sum += e
	}
	for c := range logits {
		logits[c] /= float32(sum)
	}
	logits[label]--
	return math.Log(sum) - z
}
