package logistic

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// A preconditioner approximates the inverse of a fit's Hessian.
type preconditioner struct {
	nystrom *nystrom
	model   linearModel
	gains   []float64 // C · Σ weight·p·(1-p) of each output
	rest    float64   // variance in the directions that nystrom does not have
}

func (n *nystrom) preconditioner(outputs int) *preconditioner {
	p := &preconditioner{nystrom: n, gains: make([]float64, outputs)}
	if n.axes {
		return p
	}
	p.model = newLinearModel(outputs, n.vectors.Cols, none)
	p.model.residuals = func(row int, logits []float64) {
		for k, gain := range p.gains {
			logits[k] *= p.share(gain, row) - 1/(gain*p.rest+1)
		}
	}
	return p
}

const (
	// minShare is the smallest factor for a direction, relative to one that is
	// not among the vectors: less would be lost in float32 rounding.
	minShare = 1e-5

	// minCurvature is the smallest curvature assumed for an output, relative to
	// the largest possible. Where an output has almost none, like that of a class
	// to which the start gives no probability, a step by it would overflow.
	minCurvature = 1e-6
)

// set takes the curvature at the current point, and the weight of all rows.
func (p *preconditioner) set(c float64, curvature []float64, mass float64) {
	for k, sum := range curvature {
		p.gains[k] = c * max(sum, minCurvature*mass/4)
	}
}

// step multiplies a gradient by the approximate inverse. The result is far too
// short where the rows vary less than on average, which L-BFGS makes up for.
func (p *preconditioner) step(ctx context.Context, gradient []float64) {
	p.rest = p.nystrom.rest
	p.apply(ctx, gradient)
}

// distance turns a gradient into the distance to the optimum: an estimate in the
// directions of the vectors and a bound in others, as if the objective's only
// curvature there were the penalty's.
func (p *preconditioner) distance(ctx context.Context, gradient []float64) {
	p.rest = 0
	p.apply(ctx, gradient)
}

// share is the factor for a direction.
func (p *preconditioner) share(gain float64, direction int) float64 {
	return max(1/(gain*p.nystrom.values[direction]+1), minShare/(gain*p.rest+1))
}

func (p *preconditioner) apply(ctx context.Context, gradient []float64) {
	if p.nystrom.axes {
		p.applyToAxes(gradient)
	} else {
		p.applyToRows(ctx, gradient)
	}
	weights := gradient[:len(gradient)-len(p.gains)]
	for k, gain := range p.gains {
		gradient[len(weights)+k] /= gain
	}
	if len(p.gains) > 1 {
		centre(weights, len(p.gains))
		centre(gradient[len(weights):], len(p.gains))
	}
}

func (p *preconditioner) applyToAxes(gradient []float64) {
	dim := len(gradient)/len(p.gains) - 1
	for k, gain := range p.gains {
		w := gradient[k*dim : (k+1)*dim]
		for j := range p.nystrom.values {
			w[j] *= p.share(gain, j)
		}
		floats.Scale(1/(gain*p.rest+1), w[len(p.nystrom.values):])
	}
}

func (p *preconditioner) applyToRows(ctx context.Context, gradient []float64) {
	m := &p.model
	weights := gradient[:m.outputs*m.dim]
	// Scaled, as float32 could not hold a small gradient.
	if size := floats.Norm(weights, math.Inf(1)); size > 0 && len(p.nystrom.values) > 0 {
		for i, g := range weights {
			m.weights[i] = float32(g / size)
		}
		// What an interrupted pass leaves is never used: minimise returns.
		_ = p.nystrom.pass.run(ctx, []*linearModel{m})
		for k, gain := range p.gains {
			w := weights[k*m.dim : (k+1)*m.dim]
			floats.Scale(1/(gain*p.rest+1), w)
			floats.AddScaled(w, size, m.sums[k*m.dim:(k+1)*m.dim])
		}
	}
}

// centre subtracts what the classes have in common. A gradient has no such
// component, as adding the same to all logits changes no probability, and
// neither has the optimum. But unequal gains introduce one, and as only the
// penalty curves the objective along it, it would be the last to vanish.
func centre(values []float64, outputs int) {
	dim := len(values) / outputs
	common := make([]float64, dim)
	for k := range outputs {
		floats.AddScaled(common, 1/float64(outputs), values[k*dim:(k+1)*dim])
	}
	for k := range outputs {
		floats.Sub(values[k*dim:(k+1)*dim], common)
	}
}
