package head

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/head/internal/rowspace"
)

// defaultC is taken where no C can be cross-validated.
const defaultC = 1

// tryLogistic cross-validates on rows that are reduced, where that makes them
// shorter: the penalty and the logits are the same. The fit to all rows ends on the
// rows themselves.
func (p *problem) tryLogistic(ctx context.Context, v view, kind string, first *trial) (*trial, error) {
	unit := kind == LogisticUnit
	problem := logistic.Problem{
		X: v.matrix(), Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights,
		Scale: v.scale(unit), Unit: unit, Standardise: !unit, Rough: p.rough, Workers: p.opt.Workers,
	}
	// The factor from a C for embeddings that are divided by their deviation to
	// one for those that are not.
	larger := 1.0
	if unit {
		variance, err := p.unitVariance(ctx, problem.X, problem.Scale)
		if err != nil {
			return nil, err
		}
		larger = 1 / variance
	}
	t := &trial{kind: kind, view: v, unit: unit, c: cmp.Or(p.opt.C, defaultC)}
	whole := func(ctx context.Context) (*logistic.Trainer, error) { return logistic.New(ctx, problem) }
	reduced := func(ctx context.Context) (*logistic.Trainer, *rowspace.Rows, error) {
		components := logistic.Rank(len(p.labels), p.classes)
		rows, err := v.reduced(ctx, kind, components)
		if err != nil {
			return nil, nil, err
		}
		trainer, err := logistic.New(ctx, logistic.Problem{
			X: rows, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights,
			Principal: components, Rough: p.rough, Workers: p.opt.Workers,
		})
		return trainer, rows, err
	}
	start := func(context.Context, *logistic.Trainer) (logistic.Start, error) { return nil, nil }
	switch {
	case p.folds == nil:
	case p.reducible(v):
		trainer, _, err := reduced(ctx)
		if err != nil {
			return nil, err
		}
		near, err := p.crossValidateC(ctx, t, trainer, larger, first)
		if err != nil {
			return nil, err
		}
		start = func(ctx context.Context, whole *logistic.Trainer) (logistic.Start, error) {
			trainer, rows, err := reduced(ctx) // again, as all trials would take much memory
			if err != nil {
				return nil, err
			}
			found, err := trainer.Minimum(ctx, t.c*larger, near)
			if err != nil {
				return nil, err
			}
			return whole.Combined(ctx, rows, found)
		}
	default:
		trainer, err := whole(ctx)
		if err != nil {
			return nil, err
		}
		near, err := p.crossValidateC(ctx, t, trainer, larger, first)
		if err != nil {
			return nil, err
		}
		whole = func(context.Context) (*logistic.Trainer, error) { return trainer, nil }
		start = func(context.Context, *logistic.Trainer) (logistic.Start, error) { return near, nil }
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		trainer, err := whole(ctx)
		if err != nil {
			return nil, err
		}
		start, err := start(ctx, trainer)
		if err != nil {
			return nil, err
		}
		model, err := trainer.Fit(ctx, t.c*larger, start)
		if err != nil {
			return nil, err
		}
		training.C, training.Solver = t.c, Solver(model.Solver)
		training.Solver.Objective /= larger
		training.Solver.GradientNorm /= math.Sqrt(larger)
		if unit && problem.Scale != nil { // weights for embeddings that are scaled first
			for i := range model.Weights {
				model.Weights[i] /= float32(problem.Scale[i%len(problem.Scale)])
			}
		}
		return []dense{{in: problem.X.Dim(), weight: model.Weights, bias: model.Offsets}}, nil
	}
	return t, nil
}

// crossValidateC sets the trial's C, path and logits. It returns a good start for a
// fit to all rows. It tries no larger C than that of the first trial where it cannot
// beat that.
func (p *problem) crossValidateC(ctx context.Context, t *trial, trainer *logistic.Trainer, larger float64, first *trial) (logistic.Start, error) {
	cs := []float64{p.opt.C}
	if p.opt.C == 0 {
		cs = Grid()
	}
	var rival logistic.Rival
	if first != nil {
		rival.LogLoss = slices.MinFunc(first.path, func(a, b PathPoint) int { return cmp.Compare(a.LogLoss, b.LogLoss) }).LogLoss
		rival.From = first.c * larger
	}
	scaled := floats.ScaleTo(make([]float64, len(cs)), larger, cs)
	result, err := trainer.CrossValidate(ctx, p.folds, p.judge(), scaled, rival)
	if err != nil {
		return nil, err
	}
	for _, point := range result.Path {
		c := cs[slices.Index(scaled, point.C)]
		t.path = append(t.path, PathPoint{C: c, LogLoss: point.LogLoss, Converged: point.Converged})
		if point.C == result.Best.C {
			t.c = c
		}
	}
	t.logits = p.scorableOf(result.Logits)
	for _, logits := range result.ByPart {
		t.byPart = append(t.byPart, p.scorableOf(logits))
	}
	return result.Start, nil
}

// unitVariance returns the mean variance of the values of the embeddings, each
// scaled to length 1, or a lower limit where all are alike but for rounding. Its
// error is that of ctx.
func (p *problem) unitVariance(ctx context.Context, x Matrix, scale []float64) (float64, error) {
	mean, unit := make([]float64, x.Dim()), make([]float64, x.Dim())
	var squares, rows float64
	for i := range x.Len() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if p.counts(i) == 0 {
			continue
		}
		for j, v := range x.Row(i) {
			unit[j] = float64(v)
		}
		if scale != nil {
			floats.Mul(unit, scale)
		}
		scaleToUnit(unit)
		floats.Add(mean, unit)
		squares += floats.Dot(unit, unit)
		rows++
	}
	const rounding = 1e-10
	floats.Scale(1/rows, mean)
	return max(squares/rows-floats.Dot(mean, mean), rounding) / float64(x.Dim()), nil
}
