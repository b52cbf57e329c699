package mlp

import (
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

const (
	// blockRows rows go through the hidden layer together, so that a unit's
	// weights, once in the processor's nearest cache, serve all of them.
	blockRows = 4
	// blockUnits units' gradients are added up together, so that a row, once in
	// the nearest cache, serves all of them.
	blockUnits = 4
)

// forward takes rows first up to, not including, end to the hidden layer.
func (t *trainer) forward(b *batch, first, end int) {
	for i := first; i < end; i++ {
		t.scaler.apply(t.x.Row(b.rows[i]), b.inputs.row(i))
	}
	for k := range t.hidden.out {
		weights, bias := t.hidden.weights(k), t.hidden.bias.value[k]
		for i := first; i < end; i++ {
			var v float32
			if kept := b.kept.row(i)[k]; kept != 0 {
				v = kept * max(0, bias+blas32.Dot(b.inputs.vector(i), weights))
			}
			b.hidden.row(i)[k] = v
		}
	}
}

// judge takes row i from the hidden layer to its loss.
func (t *trainer) judge(b *batch, i int) {
	logits := b.errors.row(i)
	for c := range logits {
		logits[c] = t.output.bias.value[c] + blas32.Dot(b.hidden.vector(i), t.output.weights(c))
	}
	row := b.rows[i]
	b.losses[i] = t.weights[row] * crossEntropy(logits, t.labels[row])
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

// backward takes row i from its loss back to the hidden layer. Derivatives are
// of the batch's mean loss.
func (t *trainer) backward(b *batch, i int) {
	scale := float32(t.weights[b.rows[i]] / float64(len(b.rows)))
	blame := b.blame.vector(i)
	clear(blame.Data)
	errors := b.errors.row(i)
	for c := range errors {
		errors[c] *= scale
		blas32.Axpy(errors[c], t.output.weights(c), blame)
	}
	kept := b.kept.row(i)
	for k, v := range b.hidden.row(i) {
		if v > 0 {
			blame.Data[k] *= kept[k]
		} else {
			blame.Data[k] = 0
		}
	}
}

// addGradient adds up the gradients of units first up to, not including, end:
// outer products of inputs and of the loss's derivatives by what the layer puts
// out.
func (l *layer) addGradient(rows int, inputs, derivatives table, first, end int) {
	clear(l.weight.gradient[first*l.in : end*l.in])
	clear(l.bias.gradient[first:end])
	for i := range rows {
		for k, v := range derivatives.row(i)[first:end] {
			if v != 0 { // three in four are zero in the hidden layer
				blas32.Axpy(v, inputs.vector(i), l.gradient(first+k))
				l.bias.gradient[first+k] += v
			}
		}
	}
}
