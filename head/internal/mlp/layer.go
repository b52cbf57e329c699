package mlp

import (
	"math"
	"math/rand/v2"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Adam's decay rates and its guard against division by zero, as proposed by
// Kingma and Ba: Adam: a method for stochastic optimization, 2015.
const (
	meanDecay   = 0.9
	squareDecay = 0.999
	guard       = 1e-8
)

// A layer connects each hidden unit with the inputs, or with the classes, by a
// vector of weights. It starts with zeros.
type layer struct {
	length int          // of a vector; zeros pad it to a multiple of vectorWidth
	value  matrix.Dense // a row for each unit
	mean   matrix.Dense // as value: moving average of the gradient
	square []float32    // one for each unit: moving average of the gradient's mean square
}

func newLayer(units, length int) *layer {
	columns := roundUp(length, vectorWidth)
	return &layer{length, matrix.New(units, columns), matrix.New(units, columns), make([]float32, units)}
}

// draw draws the weights of the first n inputs or classes uniformly from
// ±√(6 / (n + units)), as proposed by Glorot and Bengio: Understanding the
// difficulty of training deep feedforward neural networks, 2010.
func (l *layer) draw(n int, rng *rand.Rand) {
	units := len(l.square)
	bound := math.Sqrt(6 / float64(n+units))
	for k := range units {
		w := l.value.Row(k)[:n]
		for j := range w {
			w[j] = float32(bound * (2*rng.Float64() - 1))
		}
	}
}

// An adamStep is what a step of Adam does to all weights alike.
type adamStep struct {
	size float32 // the learning rate, with the averages' bias corrected
	keep float32 // the factor that weight decay leaves of a weight
}

// newAdamStep is that of step number t, from 1. Weight decay is separate from
// the gradient, as proposed by Loshchilov and Hutter: Decoupled weight decay
// regularization, 2019.
func newAdamStep(opt Options, t int) adamStep {
	correction := math.Sqrt(1-math.Pow(squareDecay, float64(t))) / (1 - math.Pow(meanDecay, float64(t)))
	return adamStep{float32(opt.LearningRate * correction), float32(1 - opt.LearningRate*opt.WeightDecay)}
}

// learn makes one step for all units. The gradient of a unit is the sum of the batch's
// rows in x, each times what by holds for it in the unit's column.
//
// The step is Adam's, except that the weights of a unit share one average of
// squares, as proposed by Zhang et al.: Adam-mini: use fewer learning rates to
// gain more, 2024. Scaled inputs do not need one each, and only a few gradients are
// in memory at a time.
func (l *layer) learn(b *batch, x, by matrix.Dense, s adamStep) {
	gradients := b.gradients[:kernel.Outputs*x.Cols]
	for first := 0; first < len(l.square); first += kernel.Outputs {
		clear(gradients)
		for i := 0; i < len(b.rows); i += kernel.Rows {
			var rows [kernel.Rows][]float32
			var factors [kernel.Rows * kernel.Outputs]float32
			for r := range rows {
				rows[r] = x.Row(i + r)
				if i+r < len(b.rows) {
					for c, v := range by.Row(i + r)[first : first+kernel.Outputs] {
						factors[kernel.Rows*c+r] = v
					}
				}
			}
			kernel.Add(gradients, x.Cols, &factors, &rows)
		}
		for k := first; k < min(first+kernel.Outputs, len(l.square)); k++ {
			l.update(k, gradients[(k-first)*x.Cols:(k-first+1)*x.Cols], s)
		}
	}
}

// update moves the weights of unit k by its gradient, which it overwrites.
func (l *layer) update(k int, gradient []float32, s adamStep) {
	var squares [kernel.Rows]float32
	kernel.DotOne(&squares, &[kernel.Rows][]float32{gradient, gradient, gradient, gradient}, gradient)
	value, mean := l.value.Row(k), l.mean.Row(k)
	kernel.Combine(gradient, 1, mean, -1)
	kernel.Combine(mean, 1, gradient, 1-meanDecay)
	l.square[k] += (1 - squareDecay) * (squares[0]/float32(l.length) - l.square[k])
	rate := s.size / (float32(math.Sqrt(float64(l.square[k]))) + guard)
	kernel.Combine(value, s.keep, mean, -rate)
}
