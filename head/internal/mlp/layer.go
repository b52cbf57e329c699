package mlp

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A layer is a Dense that learns.
type layer struct {
	in, out int
	weight  parameters // out × in
	bias    parameters // out
}

// newLayer draws weights uniformly from ±√(6 / (in + out)), as proposed by
// Glorot and Bengio: Understanding the difficulty of training deep feedforward
// neural networks, 2010. Biases are zero.
func newLayer(in, out int, chance *rand.Rand) *layer {
	l := &layer{in, out, newParameters(in * out), newParameters(out)}
	bound := math.Sqrt(6 / float64(in+out))
	for j := range l.weight.value {
		l.weight.value[j] = float32(bound * (2*chance.Float64() - 1))
	}
	return l
}

// row is the weights of unit k.
func (l *layer) row(k int) parameters {
	return l.weight.slice(k*l.in, (k+1)*l.in)
}

// move makes one step of Adam for units first up to, not including, end.
func (l *layer) move(first, end int, a *adam) {
	size := a.stepSize()
	l.weight.slice(first*l.in, end*l.in).move(size, a.shrinkage())
	l.bias.slice(first, end).move(size, 1)
}

// save copies weights and biases.
func (l *layer) save(dst *Dense) {
	dst.In, dst.Out = l.in, l.out
	dst.Weight = append(dst.Weight[:0], l.weight.value...)
	dst.Bias = append(dst.Bias[:0], l.bias.value...)
	dst.Weight, dst.Bias = slices.Clip(dst.Weight), slices.Clip(dst.Bias)
}
