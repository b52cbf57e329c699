package head

import (
	"cmp"
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
)

// defaultC is taken where no C can be cross-validated.
const defaultC = 1

// tryLogistic cross-validates on rows that are reduced, where that makes them
// shorter: the penalty and the logits are the same. The fit to all rows is on the
// rows themselves.
func (p *problem) tryLogistic(ctx context.Context, v view, kind string) (*trial, error) {
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
	t := &trial{kind: kind, view: v, c: cmp.Or(p.opt.C, defaultC)}
	var start logistic.Start
	var trainer *logistic.Trainer // of the rows themselves
	reduce := p.folds != nil && p.reducible(v)
	if p.folds != nil {
		folded := problem
		if reduce {
			rows, err := v.reduced(ctx, kind)
			if err != nil {
				return nil, err
			}
			folded = logistic.Problem{X: rows, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights, Rough: p.rough, Workers: p.opt.Workers}
		}
		some, err := logistic.New(ctx, folded)
		if err != nil {
			return nil, err
		}
		if start, err = p.crossValidateC(ctx, t, some, larger); err != nil {
			return nil, err
		}
		if !reduce {
			trainer = some
		}
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		if trainer == nil {
			var err error
			if trainer, err = logistic.New(ctx, problem); err != nil {
				return nil, err
			}
		}
		if reduce {
			rows, err := v.reduced(ctx, kind)
			if err != nil {
				return nil, err
			}
			if start, err = trainer.Combined(ctx, rows, start); err != nil {
				return nil, err
			}
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
// fit to all rows.
func (p *problem) crossValidateC(ctx context.Context, t *trial, trainer *logistic.Trainer, larger float64) (logistic.Start, error) {
	cs := []float64{p.opt.C}
	if p.opt.C == 0 {
		cs = Grid()
	}
	result, err := trainer.CrossValidate(ctx, p.folds, p.judge(), floats.ScaleTo(make([]float64, len(cs)), larger, cs))
	if err != nil {
		return nil, err
	}
	for i, point := range result.Path {
		t.path = append(t.path, PathPoint{C: cs[i], LogLoss: point.LogLoss, Converged: point.Converged})
		if point.C == result.Best.C {
			t.c = cs[i]
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
