package mlp

import (
	"math"
	"math/rand/v2"
)

// Adam's decay rates and its guard against division by zero, as proposed by
// Kingma and Ba: Adam: a method for stochastic optimization, 2015.
const (
	meanDecay   = 0.9
	squareDecay = 0.999
	guard       = 1e-8
)

// A layer joins each hidden unit with the inputs, or with the classes, by a
// vector of weights that learn. It starts with zeros.
type layer struct {
	length int       // of a vector; zeros fill it up to a multiple of vectorWidth
	value  table     // a row for each unit
	mean   table     // as value: moving average of the gradient
	square []float32 // one for each unit: moving average of the gradient's mean square
}

func newLayer(units, length int) *layer {
	columns := roundUp(length, vectorWidth)
	return &layer{length, newTable(units, columns), newTable(units, columns), make([]float32, units)}
}

// draw draws the weights of the first n inputs or classes uniformly from
// ±√(6 / (n + units)), as proposed by Glorot and Bengio: Understanding the
// difficulty of training deep feedforward neural networks, 2010.
func (l *layer) draw(n int, chance *rand.Rand) {
	units := len(l.square)
	bound := math.Sqrt(6 / float64(n+units))
	for k := range units {
		w := l.value.row(k)[:n]
		for j := range w {
			w[j] = float32(bound * (2*chance.Float64() - 1))
		}
	}
}

// A stride is what a step of Adam does to all weights alike.
type stride struct {
	size float32 // the learning rate, with the averages' bias corrected
	keep float32 // what weight decay leaves of a weight
}

// newStride is that of step number t, from 1. Weight decay is apart from the
// gradient, as proposed by Loshchilov and Hutter: Decoupled weight decay
// regularization, 2019.
func newStride(opt Options, t int) stride {
	correction := math.Sqrt(1-math.Pow(squareDecay, float64(t))) / (1 - math.Pow(meanDecay, float64(t)))
	return stride{float32(opt.LearningRate * correction), float32(1 - opt.LearningRate*opt.WeightDecay)}
}

// learn makes one step for some units. The gradient of unit units[k] is the sum
// of rows, each times what by holds for it in column k.
//
// The step is Adam's, save that the weights of a unit share one average of
// squares, as proposed by Zhang et al.: Adam-mini: use fewer learning rates to
// gain more, 2024. Standardised inputs have no need of one each, and the
// gradient is never stored.
func (l *layer) learn(units []int, spare []float32, rows, by table, s stride) {
	for first := 0; first < len(units); first += quadUnits {
		some := units[first:min(first+quadUnits, len(units))]
		means := quadOf(l.mean, some, spare)
		squares := average(&means, 1-meanDecay, rows, by, first)
		for i, k := range some {
			l.square[k] += (1 - squareDecay) * (squares[i]/float32(l.length) - l.square[k])
			rate := s.size / (float32(math.Sqrt(float64(l.square[k]))) + guard)
			move(l.value.row(k), l.mean.row(k), s.keep, rate)
		}
	}
}
