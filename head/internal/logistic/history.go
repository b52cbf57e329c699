package logistic

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

const (
	// pairs of L-BFGS's memory, as far as they take no more than historyValues
	// numbers, but no fewer than leastPairs.
	mostPairs     = 10
	leastPairs    = 3
	historyValues = 1 << 25
)

// history is L-BFGS's memory of how gradients changed along its steps.
type history struct {
	pairs []pair
	alpha [mostPairs]float64
	image []float64
}

type pair struct {
	step, change []float64
	rho          float64 // 1 / step·change
}

func (h *history) add(x, next, gradient, nextGradient []float64) {
	most := min(max(historyValues/(2*len(x)), leastPairs), mostPairs)
	var p pair
	switch {
	case len(h.pairs) == most:
		p = h.pairs[0]
		copy(h.pairs, h.pairs[1:])
		h.pairs = h.pairs[:most-1]
	case len(h.pairs) < cap(h.pairs) && h.pairs[:len(h.pairs)+1][len(h.pairs)].step != nil:
		p = h.pairs[:len(h.pairs)+1][len(h.pairs)]
	default:
		p = pair{step: make([]float64, len(x)), change: make([]float64, len(x))}
	}
	floats.SubTo(p.step, next, x)
	floats.SubTo(p.change, nextGradient, gradient)
	product := floats.Dot(p.step, p.change)
	p.rho = 1 / product
	h.pairs = append(h.pairs, p)
	if !(product > 0) || math.IsInf(p.rho, 1) {
		h.pairs = h.pairs[:len(h.pairs)-1]
	}
}

// turn multiplies a gradient with the present guess of the inverse Hessian.
func (h *history) turn(q []float64, first *inverse) {
	for i := len(h.pairs) - 1; i >= 0; i-- {
		p := h.pairs[i]
		h.alpha[i] = p.rho * floats.Dot(p.step, q)
		floats.AddScaled(q, -h.alpha[i], p.change)
	}
	first.step(q)
	if len(h.pairs) > 0 {
		// By how much the first guess is too small along the last step.
		p := h.pairs[len(h.pairs)-1]
		h.image = append(h.image[:0], p.change...)
		first.step(h.image)
		floats.Scale(1/(p.rho*floats.Dot(p.change, h.image)), q)
	}
	for i, p := range h.pairs {
		beta := p.rho * floats.Dot(p.change, q)
		floats.AddScaled(q, h.alpha[i]-beta, p.step)
	}
}
