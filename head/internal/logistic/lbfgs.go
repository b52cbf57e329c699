package logistic

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"
)

const (
	// fitTolerance is how far W may be from the optimum, relative to ‖W‖, as
	// far as inverse can tell: on the references it errs by a factor of two, and
	// a thousandth is wanted.
	fitTolerance  = 1e-4
	maxIterations = 1000

	// promise, times the tolerance's square, is by what share of the objective a
	// step must be expected to lower it. Where C is large rounding hides the way
	// to the tolerance itself, but at 1e-10 of the objective probabilities no
	// longer change.
	promise = 0.01
)

// A descent is one minimisation by L-BFGS (Nocedal, Wright: Numerical
// Optimization, 2006, algorithm 7.5), preconditioned by inverse. It asks for
// evaluations rather than making them, so that several can share sweeps.
type descent struct {
	objective *objective
	inverse   *inverse
	tolerance float64

	x, gradient     []float64 // where it stands; once it is done, the result
	direction       []float64
	trial, trialled []float64 // the point to evaluate, and the gradient there
	search          slopeSearch
	history         history
	solver          Solver
	started, done   bool
}

func newDescent(t *Trainer, o *objective, tolerance float64) *descent {
	d := &descent{objective: o, inverse: t.spectrum.inverse(o.outputs)}
	for _, v := range []*[]float64{&d.x, &d.gradient, &d.direction, &d.trial, &d.trialled} {
		*v = make([]float64, o.size())
	}
	d.tolerance = tolerance
	return d
}

// restart begins anew, at x and with another C.
func (d *descent) restart(c float64) {
	d.objective.c = c
	d.history.pairs = d.history.pairs[:0]
	d.solver = Solver{}
	d.started, d.done = false, false
	copy(d.trial, d.x)
}

// descend brings every descent to its end. They are of one Trainer.
func (t *Trainer) descend(ctx context.Context, descents []*descent) error {
	for {
		var lanes []*lane
		var active []*descent
		for _, d := range descents {
			if !d.done {
				d.objective.prepare(d.trial)
				active = append(active, d)
				lanes = append(lanes, &d.objective.lane)
			}
		}
		if len(active) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		t.sweep.run(lanes)
		errs := make([]error, len(active))
		var steps sync.WaitGroup
		for i, d := range active {
			steps.Go(func() { errs[i] = d.next() })
		}
		steps.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
}

// next takes the evaluation of trial and sets the next one, or done.
func (d *descent) next() error {
	value := d.objective.value(d.trial, d.trialled)
	if !d.started {
		d.started = true
		if !finite(d.trialled) {
			return ErrOverflow
		}
		copy(d.gradient, d.trialled)
		d.accept(value)
		return nil
	}
	slope := floats.Dot(d.trialled, d.direction)
	step, found, err := d.search.next(value, slope)
	switch {
	case err != nil:
		d.stuck()
	case !found:
		d.try(step)
	default:
		d.history.add(d.x, d.trial, d.gradient, d.trialled)
		copy(d.x, d.trial)
		copy(d.gradient, d.trialled)
		d.solver.Iterations++
		d.accept(value)
	}
	return nil
}

// accept stops at x or sets out from there.
func (d *descent) accept(value float64) {
	d.solver.Objective = value
	d.solver.GradientNorm = floats.Norm(d.gradient, 2)
	d.inverse.set(d.objective.c, d.objective.curvature, d.objective.mass)
	switch {
	case d.near():
		d.finish(Converged)
		return
	case d.solver.Iterations == maxIterations:
		d.finish(IterationLimit)
		return
	}
	copy(d.direction, d.gradient)
	d.history.turn(d.direction, d.inverse)
	floats.Scale(-1, d.direction)
	slope := floats.Dot(d.gradient, d.direction)
	switch {
	case !(slope < 0):
		d.stuck()
		return
	case -slope <= promise*d.tolerance*d.tolerance*value:
		d.finish(Converged)
		return
	}
	d.search = newSlopeSearch(value, slope)
	d.try(1)
}

func (d *descent) try(step float64) {
	floats.AddScaledTo(d.trial, d.x, step, d.direction)
}

// near tells whether x is as near to the optimum as it should be, or the
// gradient is as good as zero. The latter matters where W is almost zero there.
func (d *descent) near() bool {
	const negligible = 1e-8
	if d.solver.GradientNorm <= negligible*d.objective.c*d.objective.mass {
		return true
	}
	distance := d.direction // free until there is a new one
	copy(distance, d.gradient)
	d.inverse.distance(distance)
	byWeight, byOffset := d.objective.split(distance)
	w, b := d.objective.split(d.x)
	size := floats.Norm(w, 2)
	return floats.Norm(byWeight, 2) <= d.tolerance*size &&
		floats.Norm(byOffset, 2) <= d.tolerance*(size+floats.Norm(b, 2))
}

// stuck ends a descent that finds no way down: at the optimum, if the gradient
// is no larger than float32 products can make it there.
func (d *descent) stuck() {
	const rounding = 1e-7
	s := &d.objective.trainer.scaler
	largest := 1.0
	for j, m := range s.mean {
		largest = max(largest, math.Abs(m)/s.scale[j])
	}
	d.finish(NoProgress)
	if d.solver.GradientNorm <= rounding*largest*d.objective.c*d.objective.mass {
		d.finish(Converged)
	}
}

func (d *descent) finish(status string) {
	d.solver.Status = status
	d.done = true
}
