package head

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// How a fit can end.
const (
	Converged      = "converged"       // as near to the optimum as was asked for
	NoProgress     = "no progress"     // rounding errors hid the way on before that
	IterationLimit = "iteration limit" // stopped before that
)

const maxIterations = 1000

var errOverflow = errors.New("embeddings are too large for float32 arithmetic")

// Solver says how the iterations of a fit ended.
type Solver struct {
	Status     string `json:"status"` // Converged, NoProgress or IterationLimit
	Iterations int    `json:"iterations"`
	// Objective is C · Σ log-loss + ½‖W‖², natural logarithm, W being the
	// weights of standardised embeddings.
	Objective float64 `json:"objective"`
	// GradientNorm is the Euclidean norm of the objective's gradient. W is about
	// so far from the optimum at most, as the penalty makes the objective
	// 1-strongly convex in W.
	GradientNorm float64 `json:"gradient_norm"`
}

// minimise moves params towards the minimum by L-BFGS, until W is nearer to it
// than tolerance·‖W‖.
func (o *objective) minimise(ctx context.Context, params []float64, tolerance float64) (Solver, error) {
	var (
		at       []float64
		value    float64
		gradient = make([]float64, len(params))
	)
	evaluate := func(p []float64) { // one pass gives both, gonum asks for them in turn
		if at == nil || !slices.Equal(p, at) {
			at = append(at[:0], p...)
			value = o.evaluate(at, gradient)
		}
	}
	problem := optimize.Problem{
		Func:   func(p []float64) float64 { evaluate(p); return value },
		Grad:   func(g, p []float64) { evaluate(p); copy(g, gradient) },
		Status: func() (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() },
	}
	stop := nearOptimum{o, tolerance}
	settings := &optimize.Settings{Converger: stop, MajorIterations: maxIterations}
	method := &optimize.LBFGS{Linesearcher: &slopeSearch{}, GradStopThreshold: math.NaN()}
	// Every failure that is not ctx's is one of the line search, for want of
	// precision; what it means is judged by the gradient.
	result, _ := optimize.Minimize(problem, params, settings, method)
	if err := ctx.Err(); err != nil {
		return Solver{}, err
	}
	if result.Gradient == nil {
		return Solver{}, errOverflow
	}
	copy(params, result.X)
	solver := Solver{
		Status:       NoProgress,
		Iterations:   result.MajorIterations,
		Objective:    result.F,
		GradientNorm: floats.Norm(result.Gradient, 2),
	}
	switch {
	case result.Status == optimize.GradientThreshold || stop.withinRounding(&result.Location):
		solver.Status = Converged
	case result.Status == optimize.IterationLimit:
		solver.Status = IterationLimit
	}
	return solver, nil
}

// nearOptimum stops a minimisation by the gradient's norm, which bounds the
// distance to the optimum.
type nearOptimum struct {
	objective *objective
	tolerance float64
}

func (nearOptimum) Init(int) {}

func (n nearOptimum) Converged(at *optimize.Location) optimize.Status {
	w, _ := n.objective.split(at.X)
	norm := floats.Norm(at.Gradient, 2)
	if norm <= n.tolerance*floats.Norm(w, 2) || norm <= 1e-12*n.scale() {
		return optimize.GradientThreshold
	}
	return optimize.NotTerminated
}

// withinRounding tells whether the gradient is no larger than float32 products
// can make it at the optimum. It matters where W is almost zero there.
func (n nearOptimum) withinRounding(at *optimize.Location) bool {
	return floats.Norm(at.Gradient, 2) <= 1e-7*n.scale()
}

// scale is what the gradient of the mean loss is multiplied by.
func (n nearOptimum) scale() float64 {
	return n.objective.c * float64(len(n.objective.rows))
}
