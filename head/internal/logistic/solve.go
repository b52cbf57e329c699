package logistic

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// tolerance bounds the error of W, relative to ‖W‖.
const tolerance = 1e-4

const maxIterations = 1000

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
		return Solver{}, ErrOverflow
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
