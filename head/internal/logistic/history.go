package logistic

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

const (
	// Pairs in L-BFGS's memory: maxPairs, or fewer where those would take more
	// than historyValues numbers, but at least minPairs.
	maxPairs      = 10
	minPairs      = 3
	historyValues = 1 << 25
)

// history is L-BFGS's memory of how gradients changed along its steps.
type history struct {
	pairs []pair
	alpha [maxPairs]float64
	image []float64
}

type pair struct {
	step, change []float64
	rho          float64 // 1 / step·change
}

func (h *history) add(x, next, gradient, nextGradient []float64) {
	most := min(max(historyValues/(2*len(x)), minPairs), maxPairs)
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

// twoLoop multiplies a gradient by the current approximation of the inverse
// Hessian.
func (h *history) twoLoop(ctx context.Context, q []float64, first *preconditioner) {
	for i := len(h.pairs) - 1; i >= 0; i-- {
		p := h.pairs[i]
		h.alpha[i] = p.rho * floats.Dot(p.step, q)
		floats.AddScaled(q, -h.alpha[i], p.change)
	}
	first.step(ctx, q)
	if len(h.pairs) > 0 {
		// How much too small the preconditioner is along the last step.
		p := h.pairs[len(h.pairs)-1]
		h.image = append(h.image[:0], p.change...)
		first.step(ctx, h.image)
		floats.Scale(1/(p.rho*floats.Dot(p.change, h.image)), q)
	}
	for i, p := range h.pairs {
		beta := p.rho * floats.Dot(p.change, q)
		floats.AddScaled(q, h.alpha[i]-beta, p.step)
	}
}
