package mlp

import "math"

// Adam's decay rates and its guard against division by zero, as proposed by
// Kingma and Ba: Adam: a method for stochastic optimization, 2015.
const (
	meanDecay   = 0.9
	squareDecay = 0.999
	guard       = 1e-8
)

// parameters are numbers that are learnt, with what Adam remembers of them.
type parameters struct {
	value    []float32
	gradient []float32
	mean     []float32 // moving average of the gradient
	square   []float32 // moving average of its square
}

func newParameters(n int) parameters {
	return parameters{alignedFloats(n), alignedFloats(n), alignedFloats(n), alignedFloats(n)}
}

// alignedFloats returns n zeros at an address divisible by 16. Go may place
// less than 32 bytes anywhere, and gonum's dot product adds up in another order
// where its second vector is not aligned.
func alignedFloats(n int) []float32 {
	return make([]float32, n, max(n, 8))
}

// slice returns the parameters from first up to, not including, end.
func (p parameters) slice(first, end int) parameters {
	return parameters{p.value[first:end], p.gradient[first:end], p.mean[first:end], p.square[first:end]}
}

// adam makes the steps of Adam. Weight decay is apart from the gradient, as
// proposed by Loshchilov and Hutter: Decoupled weight decay regularization,
// 2019.
type adam struct {
	learningRate float64
	weightDecay  float64
	steps        int
}

// stepSize is the learning rate with the averages' bias of this step corrected.
func (a *adam) stepSize() float32 {
	t := float64(a.steps)
	return float32(a.learningRate * math.Sqrt(1-math.Pow(squareDecay, t)) / (1 - math.Pow(meanDecay, t)))
}

// shrinkage is what weights are multiplied by in each step.
func (a *adam) shrinkage() float32 {
	return float32(1 - a.learningRate*a.weightDecay)
}

// move makes one step, after multiplying the values by shrinkage.
func (p parameters) move(stepSize, shrinkage float32) {
	value, mean, square := p.value, p.mean[:len(p.value)], p.square[:len(p.value)]
	for j, g := range p.gradient[:len(value)] {
		m := meanDecay*mean[j] + (1-meanDecay)*g
		s := squareDecay*square[j] + (1-squareDecay)*g*g
		mean[j], square[j] = m, s
		value[j] = shrinkage*value[j] - stepSize*m/(float32(math.Sqrt(float64(s)))+guard)
	}
}
