package logistic

import (
	"context"
	"testing"
)

// TestIterationLimitIsTold begins two iterations before the limit.
func TestIterationLimitIsTold(t *testing.T) {
	r := references(t)[0]
	trainer := mustNew(t, r.problem(1))
	d := newLBFGS(trainer, newObjective(trainer, r.C, none), fitTolerance)
	d.restart(r.C)
	d.solver.Iterations = maxIterations - 2
	if err := trainer.minimise(context.Background(), []*lbfgs{d}); err != nil {
		t.Fatal(err)
	}
	if s := d.solver; s.Status != IterationLimit || s.Iterations != maxIterations || !(s.GradientNorm > 0) {
		t.Errorf("%+v", s)
	}
}
