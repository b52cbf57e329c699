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

func (p *problem) tryLogistic(ctx context.Context, kind string) (*trial, error) {
	unit := kind == LogisticUnit
	trainer, err := logistic.New(ctx, logistic.Problem{
		X: p.x, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights,
		Unit: unit, Standardise: !unit, Rough: p.rough, Workers: p.opt.Workers,
	})
	if err != nil {
		return nil, err
	}
	// The factor from a C for embeddings that are divided by their deviation to
	// one for those that are not.
	larger := 1.0
	if unit {
		variance, err := p.unitVariance(ctx)
		if err != nil {
			return nil, err
		}
		larger = 1 / variance
	}
	t := &trial{kind: kind, c: cmp.Or(p.opt.C, defaultC)}
	var start logistic.Start
	if p.folds != nil {
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
		t.logits, start = p.scorableOf(result.Logits), result.Start
		for _, logits := range result.ByPart {
			t.byPart = append(t.byPart, p.scorableOf(logits))
		}
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		model, err := trainer.Fit(ctx, t.c*larger, start)
		if err != nil {
			return nil, err
		}
		training.C, training.Solver = t.c, Solver(model.Solver)
		training.Solver.Objective /= larger
		training.Solver.GradientNorm /= math.Sqrt(larger)
		return []dense{{in: p.x.Dim(), weight: model.Weights, bias: model.Offsets}}, nil
	}
	return t, nil
}

// unitVariance returns the mean variance of the values of the embeddings, each
// scaled to length 1, or a lower limit where all are alike but for rounding. Its
// error is that of ctx.
func (p *problem) unitVariance(ctx context.Context) (float64, error) {
	mean, unit := make([]float64, p.x.Dim()), make([]float64, p.x.Dim())
	var squares, rows float64
	for i := range p.x.Len() {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if p.counts(i) == 0 {
			continue
		}
		for j, v := range p.x.Row(i) {
			unit[j] = float64(v)
		}
		scaleToUnit(unit)
		floats.Add(mean, unit)
		squares += floats.Dot(unit, unit)
		rows++
	}
	const rounding = 1e-10
	floats.Scale(1/rows, mean)
	return max(squares/rows-floats.Dot(mean, mean), rounding) / float64(p.x.Dim()), nil
}
