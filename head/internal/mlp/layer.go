package mlp

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/digitalinnovationone/headstart/head/internal/aligned"
)

// Adam's decay rates and its guard against division by zero, as proposed by
// Kingma and Ba: Adam: a method for stochastic optimization, 2015.
const (
	meanDecay   = 0.9
	squareDecay = 0.999
	guard       = 1e-8
)

// A layer is a Dense that learns.
type layer struct {
	in, out int
	weight  parameters // out × in
	bias    parameters // out
}

// parameters are numbers that are learnt, in units' order.
type parameters struct {
	value    []float32
	gradient []float32
	mean     []float32 // moving average of the gradient
	square   []float32 // one per unit: moving average of its gradients' mean square
}

func newParameters(units, perUnit int) parameters {
	n := units * perUnit
	return parameters{aligned.Floats(n), aligned.Floats(n), aligned.Floats(n), make([]float32, units)}
}

// newLayer draws weights uniformly from ±√(6 / (in + out)), as proposed by
// Glorot and Bengio: Understanding the difficulty of training deep feedforward
// neural networks, 2010. Biases are zero.
func newLayer(in, out int, chance *rand.Rand) *layer {
	l := &layer{in, out, newParameters(out, in), newParameters(out, 1)}
	bound := math.Sqrt(6 / float64(in+out))
	for j := range l.weight.value {
		l.weight.value[j] = float32(bound * (2*chance.Float64() - 1))
	}
	return l
}

// weights is the vector of unit k's weights.
func (l *layer) weights(k int) blas32.Vector {
	return vector(l.weight.value[k*l.in : (k+1)*l.in])
}

// gradient is the vector of the loss's derivatives by unit k's weights.
func (l *layer) gradient(k int) blas32.Vector {
	return vector(l.weight.gradient[k*l.in : (k+1)*l.in])
}

// A stride is what a step of Adam does to all parameters alike.
type stride struct {
	size  float32 // the learning rate, with the averages' bias corrected
	decay float32 // share of each weight that is taken away
}

// newStride is that of step number t, from 1. Weight decay is apart from the
// gradient, as proposed by Loshchilov and Hutter: Decoupled weight decay
// regularization, 2019.
func newStride(opt Options, t int) stride {
	correction := math.Sqrt(1-math.Pow(squareDecay, float64(t))) / (1 - math.Pow(meanDecay, float64(t)))
	return stride{float32(opt.LearningRate * correction), float32(opt.LearningRate * opt.WeightDecay)}
}

// step moves unit k by its gradients, which it overwrites.
func (l *layer) step(k int, s stride) {
	l.weight.step(k, l.in, s)
	s.decay = 0
	l.bias.step(k, 1, s)
}

// step is one of Adam, save that the n parameters of a unit share one average
// of squares, as proposed by Zhang et al.: Adam-mini: use fewer learning rates
// to gain more, 2024. Standardised inputs have no need of one each, and all
// that is left are sums of vectors.
func (p parameters) step(k, n int, s stride) {
	value, gradient, mean := vector(p.value[k*n:(k+1)*n]), vector(p.gradient[k*n:(k+1)*n]), vector(p.mean[k*n:(k+1)*n])
	meanSquare := blas32.Dot(gradient, gradient) / float32(n)
	p.square[k] += (1 - squareDecay) * (meanSquare - p.square[k])
	rate := s.size / (float32(math.Sqrt(float64(p.square[k]))) + guard)
	// gonum adds vectors four values at a time, but scales them one by one.
	blas32.Axpy(-1, mean, gradient)
	blas32.Axpy(1-meanDecay, gradient, mean)
	blas32.Axpy(-s.decay, value, value)
	blas32.Axpy(-rate, mean, value)
}

// copyTo copies weights and biases.
func (l *layer) copyTo(dst *Dense) {
	dst.In, dst.Out = l.in, l.out
	dst.Weight = append(dst.Weight[:0], l.weight.value...)
	dst.Bias = append(dst.Bias[:0], l.bias.value...)
}
