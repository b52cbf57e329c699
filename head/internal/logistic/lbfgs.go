package logistic

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

const (
	// fitTolerance is the distance of W from the optimum, relative to ‖W‖, as
	// the preconditioner estimates it. On the references the estimate is off by
	// a factor of two, and a thousandth is wanted.
	fitTolerance  = 1e-4
	maxIterations = 1000

	// minDecrease, times the tolerance's square, is the share of the objective by
	// which a step must be expected to lower it. Where C is large, rounding hides
	// the way to the tolerance itself, but at 1e-10 of the objective
	// probabilities no longer change.
	minDecrease = 0.01
)

// lbfgs is one minimisation by preconditioned L-BFGS (Nocedal, Wright: Numerical
// Optimization, 2006, algorithm 7.5). It asks for evaluations rather than making
// them, so that several can share a pass over the data.
type lbfgs struct {
	objective      *objective
	preconditioner *preconditioner
	tolerance      float64

	x, gradient     []float64 // the current point; the result once it is done
	direction       []float64
	trial, trialled []float64 // the point to evaluate, and the gradient there
	search          lineSearch
	history         history
	solver          Solver
	started, done   bool
}

func newLBFGS(t *Trainer, o *objective, tolerance float64) *lbfgs {
	l := &lbfgs{objective: o, preconditioner: t.nystrom.preconditioner(o.outputs), tolerance: tolerance}
	for _, v := range []*[]float64{&l.x, &l.gradient, &l.direction, &l.trial, &l.trialled} {
		*v = make([]float64, o.size())
	}
	return l
}

// restart begins again at x with another C.
func (l *lbfgs) restart(c float64) {
	l.objective.c = c
	l.history.pairs = l.history.pairs[:0]
	l.solver = Solver{}
	l.started, l.done = false, false
	copy(l.trial, l.x)
}

// minimise runs every minimisation to its end. They belong to one Trainer.
func (t *Trainer) minimise(ctx context.Context, runs []*lbfgs) error {
	for {
		var models []*linearModel
		var active []*lbfgs
		for _, l := range runs {
			if !l.done {
				l.objective.prepare(l.trial)
				active = append(active, l)
				models = append(models, &l.objective.linearModel)
			}
		}
		if len(active) == 0 {
			return ctx.Err()
		}
		if err := t.pass.run(ctx, models); err != nil {
			return err
		}
		errs := make([]error, len(active))
		var steps sync.WaitGroup
		var faults matrix.Faults
		for i, l := range active {
			steps.Go(func() { faults.Run(func() { errs[i] = l.next(ctx) }) })
		}
		steps.Wait()
		faults.Rethrow()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
}

// next takes the evaluation of trial and sets the next trial, or done.
func (l *lbfgs) next(ctx context.Context) error {
	value := l.objective.value(l.trial, l.trialled)
	if !l.started {
		l.started = true
		if !matrix.Finite(l.trialled) {
			return ErrOverflow
		}
		copy(l.gradient, l.trialled)
		l.accept(ctx, value)
		return nil
	}
	slope := floats.Dot(l.trialled, l.direction)
	step, found, err := l.search.next(value, slope)
	switch {
	case err != nil:
		l.stuck()
	case !found:
		l.try(step)
	default:
		l.history.add(l.x, l.trial, l.gradient, l.trialled)
		copy(l.x, l.trial)
		copy(l.gradient, l.trialled)
		l.solver.Iterations++
		l.accept(ctx, value)
	}
	return nil
}

// accept stops at x, or starts the next line search from there.
func (l *lbfgs) accept(ctx context.Context, value float64) {
	l.solver.Objective = value
	l.solver.GradientNorm = floats.Norm(l.gradient, 2)
	l.preconditioner.set(l.objective.c, l.objective.curvature, l.objective.mass)
	switch {
	case l.near(ctx):
		l.finish(Converged)
		return
	case l.solver.Iterations == maxIterations:
		l.finish(IterationLimit)
		return
	}
	copy(l.direction, l.gradient)
	l.history.twoLoop(ctx, l.direction, l.preconditioner)
	floats.Scale(-1, l.direction)
	slope := floats.Dot(l.gradient, l.direction)
	switch {
	case !(slope < 0):
		l.stuck()
		return
	case -slope <= minDecrease*l.tolerance*l.tolerance*value:
		l.finish(Converged)
		return
	}
	l.search = newLineSearch(value, slope)
	l.try(1)
}

func (l *lbfgs) try(step float64) {
	floats.AddScaledTo(l.trial, l.x, step, l.direction)
}

// near reports whether x is as near to the optimum as it should be, or the
// gradient is practically zero. The latter matters where W is almost zero there.
func (l *lbfgs) near(ctx context.Context) bool {
	const negligible = 1e-8
	if l.solver.GradientNorm <= negligible*l.objective.c*l.objective.mass {
		return true
	}
	distance := l.direction // unused until there is a new one
	copy(distance, l.gradient)
	l.preconditioner.distance(ctx, distance)
	byWeight, byOffset := l.objective.split(distance)
	w, b := l.objective.split(l.x)
	size := floats.Norm(w, 2)
	return floats.Norm(byWeight, 2) <= l.tolerance*size &&
		floats.Norm(byOffset, 2) <= l.tolerance*(size+floats.Norm(b, 2))
}

// stuck ends a minimisation that finds no lower value: as converged, if the
// gradient is no larger than the rounding of float32 products at an optimum.
func (l *lbfgs) stuck() {
	const rounding = 1e-7
	s := &l.objective.trainer.scaler
	largest := 1.0
	for j, m := range s.mean {
		largest = max(largest, math.Abs(m)/s.scale[j])
	}
	l.finish(NoProgress)
	if l.solver.GradientNorm <= rounding*largest*l.objective.c*l.objective.mass {
		l.finish(Converged)
	}
}

func (l *lbfgs) finish(status string) {
	l.solver.Status = status
	l.done = true
}
