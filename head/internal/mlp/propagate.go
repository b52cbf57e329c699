package mlp

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// forward takes a group's rows to their losses and the losses' derivatives by
// the logits. Hidden units count scale times.
func (t *trainer) forward(g *group, scale float32) {
	for i, row := range g.rows {
		t.scaler.apply(t.x.Row(row), g.inputs.row(i))
	}
	g.products(g.hidden, g.inputs, t.hidden.value)
	for i, row := range g.rows {
		logits := g.errors.row(i)[:t.output.length]
		copy(logits, t.bias)
		hidden := g.hidden.row(i)
		for j, k := range g.units {
			hidden[j] = scale * max(hidden[j], 0)
			if hidden[j] > 0 {
				blas32.Axpy(hidden[j], vector(t.output.value.row(k)[:len(logits)]), vector(logits))
			}
		}
		g.losses[i] = t.weights[row] * crossEntropy(logits, t.labels[row])
	}
}

// learn moves a group's units by the gradients of the rows' mean loss.
func (t *trainer) learn(g *group, scale float32, s stride) {
	for i, row := range g.rows {
		errors := g.errors.row(i)
		share := float32(t.weights[row] / float64(len(g.rows)))
		for c := range errors[:t.output.length] {
			errors[c] *= share
		}
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
	t.output.learn(g.units, g.spare, g.errors, g.hidden, len(g.rows), s)
	t.hidden.learn(g.units, g.spare, g.inputs, g.blame, len(g.rows), s)
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
