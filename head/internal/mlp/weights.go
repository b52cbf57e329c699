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

// weights are vectors, one for each hidden unit, that learn. Both layers have
// such: one joins the units with the inputs, one with the classes.
type weights struct {
	length int       // of a vector; zeros fill it up to a multiple of vectorWidth
	value  table     // hidden units × filled up length
	mean   table     // as value: moving average of the gradient
	square []float32 // one per unit: moving average of its gradient's mean square
}

// newWeights draws weights uniformly from ±√(6 / (length + units)), as proposed
// by Glorot and Bengio: Understanding the difficulty of training deep
// feedforward neural networks, 2010.
func newWeights(units, length int, chance *rand.Rand) *weights {
	columns := roundUp(length, vectorWidth)
	w := &weights{length, newTable(units, columns), newTable(units, columns), make([]float32, units)}
	bound := math.Sqrt(6 / float64(length+units))
	for k := range units {
		for j := range w.value.row(k)[:length] {
			w.value.row(k)[j] = float32(bound * (2*chance.Float64() - 1))
		}
	}
	return w
}

// A stride is what a step of Adam does to all weights alike.
type stride struct {
	size float32 // the learning rate, with the averages' bias corrected
	keep float32 // what weight decay leaves of each weight
}

// newStride is that of step number t, from 1. Weight decay is apart from the
// gradient, as proposed by Loshchilov and Hutter: Decoupled weight decay
// regularization, 2019.
func newStride(opt Options, t int) stride {
	correction := math.Sqrt(1-math.Pow(squareDecay, float64(t))) / (1 - math.Pow(meanDecay, float64(t)))
	return stride{float32(opt.LearningRate * correction), float32(1 - opt.LearningRate*opt.WeightDecay)}
}

// learn moves the vectors of some units by one step of Adam, save that the
// weights of a vector share one average of squares, as proposed by Zhang et
// al.: Adam-mini: use fewer learning rates to gain more, 2024. Standardised
// inputs have no need of one each. Gradients are sums of rows, each times what
// by holds for it and the unit.
func (w *weights) learn(units []int, spare []float32, rows, by table, count int, s stride) {
	for first := 0; first < len(units); first += quadUnits {
		some := units[first:min(first+quadUnits, len(units))]
		means := quadOf(w.mean, some, spare)
		squares := average(&means, rows, by, count, first, 1-meanDecay)
		for i, k := range some {
			w.square[k] += (1 - squareDecay) * (squares[i]/float32(w.length) - w.square[k])
			rate := s.size / (float32(math.Sqrt(float64(w.square[k]))) + guard)
			move(w.value.row(k), w.mean.row(k), s.keep, rate)
		}
	}
}

// quadOf returns the rows of four units, spare in the place of those missing.
func quadOf(t table, units []int, spare []float32) quad {
	var q quad
	for i := range q {
		if i < len(units) {
			q[i] = t.row(units[i])
		} else {
			q[i] = spare[:t.columns]
		}
	}
	return q
}
