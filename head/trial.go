package head

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/digitalinnovationone/headstart/head/internal/lda"
	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/head/internal/mlp"
)

// problem is what there is to learn, and how.
type problem struct {
	x       Matrix
	labels  []int
	classes int
	opt     Options
	folds   [][]int // rows that each leaves out; nil for no cross-validation
	// fair lists the rows whose class other folds hold too: what a fit that has
	// not seen it says of a row is fair to measure.
	fair []int
}

// A trial is one kind of head on its way.
type trial struct {
	kind   string
	c      float64
	path   []PathPoint
	logits [][]float64 // of held-out rows, not calibrated; nil without folds
	fit    func(context.Context, *Training) ([]dense, error)

	calibration *Calibration
}

// try cross-validates one kind of head.
func (p *problem) try(ctx context.Context, kind string) (*trial, error) {
	switch kind {
	case LDA:
		return p.tryLDA(ctx)
	case MLP:
		return p.tryMLP(ctx)
	default:
		return p.tryLogistic(ctx, kind)
	}
}

func (p *problem) tryLogistic(ctx context.Context, kind string) (*trial, error) {
	trainer, err := logistic.New(ctx, logistic.Problem{
		X: p.x, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights,
		Unit: kind == LogisticUnit, Standardise: true, Workers: p.opt.Workers,
	})
	if err != nil {
		return nil, err
	}
	t := &trial{kind: kind, c: p.opt.C}
	var start logistic.Start
	if p.folds != nil {
		cs := []float64{p.opt.C}
		if p.opt.C == 0 {
			cs = Grid()
		}
		result, err := trainer.CrossValidate(ctx, p.folds, cs)
		if err != nil {
			return nil, err
		}
		for _, point := range result.Path {
			t.path = append(t.path, PathPoint(point))
		}
		t.c, t.logits, start = result.Best.C, result.Logits, result.Start
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		model, err := trainer.Fit(ctx, t.c, start)
		if err != nil {
			return nil, err
		}
		training.C, training.Solver = t.c, Solver(model.Solver)
		return []dense{{in: p.x.Dim(), weight: model.Weights, bias: model.Offsets}}, nil
	}
	return t, nil
}

func (p *problem) tryLDA(ctx context.Context) (*trial, error) {
	fit := func(ctx context.Context, rows []int) (*lda.Model, dense, error) {
		m, err := lda.Fit(ctx, lda.Problem{X: p.x, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights}, rows)
		if err != nil {
			return nil, dense{}, err
		}
		return m, dense{in: p.x.Dim(), weight: m.Weights, bias: m.Offsets}, nil
	}
	t := &trial{kind: LDA}
	err := p.holdOut(t, func(rows []int) ([]dense, error) {
		_, layer, err := fit(ctx, rows)
		return []dense{layer}, err
	})
	if err != nil {
		return nil, err
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		m, layer, err := fit(ctx, p.weighty(nil))
		if err != nil {
			return nil, err
		}
		training.Shrinkage, training.Solver = m.Shrinkage, Solver{Status: Converged}
		return []dense{layer}, nil
	}
	return t, nil
}

func (p *problem) tryMLP(ctx context.Context) (*trial, error) {
	fit := func(ctx context.Context, rows []int) ([]dense, *mlp.Report, error) {
		labels := make([]int, len(rows))
		var weights []float64
		for i, row := range rows {
			labels[i] = p.labels[row]
			if p.opt.Weights != nil {
				weights = append(weights, p.opt.Weights[row])
			}
		}
		opt := mlp.Options{Hidden: p.opt.Hidden, Seed: p.opt.Seed, Workers: p.opt.Workers}
		network, report, err := mlp.Fit(ctx, selection{p.x, rows}, labels, p.classes, weights, opt)
		if err != nil {
			return nil, nil, err
		}
		return []dense{
			{network.Hidden.In, network.Hidden.Weight, network.Hidden.Bias},
			{network.Output.In, network.Output.Weight, network.Output.Bias},
		}, report, nil
	}
	t := &trial{kind: MLP}
	err := p.holdOut(t, func(rows []int) ([]dense, error) {
		layers, _, err := fit(ctx, rows)
		return layers, err
	})
	if err != nil {
		return nil, err
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		layers, report, err := fit(ctx, p.weighty(nil))
		if err != nil {
			return nil, err
		}
		training.Hidden = p.opt.Hidden
		training.Solver = Solver{Status: Converged, Iterations: len(report.History), Objective: report.Loss}
		if report.Status == mlp.EpochLimit {
			training.Solver.Status = IterationLimit
		}
		return layers, nil
	}
	return t, nil
}

// holdOut sets the logits of each fold's rows by a fit to the others.
func (p *problem) holdOut(t *trial, fit func(rows []int) ([]dense, error)) error {
	if p.folds == nil {
		return nil
	}
	t.logits = table(p.x.Len(), p.classes)
	for _, held := range p.folds {
		layers, err := fit(p.weighty(held))
		if err != nil {
			return err
		}
		h := &Head{layers: layers, temperature: 1}
		for _, row := range held {
			h.Logits(p.x.Row(row), t.logits[row])
		}
	}
	return nil
}

// weighty returns the rows to learn from, those held apart.
func (p *problem) weighty(held []int) []int {
	rows := make([]int, 0, p.x.Len()-len(held))
	for i := range p.x.Len() {
		switch {
		case len(held) > 0 && held[0] == i:
			held = held[1:]
		case p.opt.Weights == nil || p.opt.Weights[i] > 0:
			rows = append(rows, i)
		}
	}
	return rows
}

// selection is some rows of a Matrix.
type selection struct {
	Matrix
	rows []int
}

func (s selection) Len() int            { return len(s.rows) }
func (s selection) Row(i int) []float32 { return s.Matrix.Row(s.rows[i]) }

// choose cross-validates the kinds that the options name and returns the one
// with the lowest calibrated log-loss, the first of equals, and what was found
// of all. LDA, which has nothing to tune, is taken where it is as good but for
// chance: by no more than one standard error of the difference (Breiman et al.:
// Classification and regression trees, 1984).
func (p *problem) choose(ctx context.Context) (*trial, []Candidate, error) {
	var trials []*trial
	var candidates []Candidate
	kinds := p.kinds()
	for _, kind := range kinds {
		t, err := p.try(ctx, kind)
		if errors.Is(err, lda.ErrNoVariance) && len(kinds) > 1 {
			continue // nothing that LDA could learn from; the others can
		}
		if err != nil {
			return nil, nil, err
		}
		if p.folds == nil {
			return t, nil, nil
		}
		t.calibration = p.calibrate(t.logits)
		loss := t.calibration.After.LogLoss
		if math.IsNaN(loss) {
			return nil, nil, logistic.ErrOverflow
		}
		trials = append(trials, t)
		candidates = append(candidates, Candidate{Head: kind, C: t.c, LogLoss: loss})
	}
	best := slices.MinFunc(trials, func(a, b *trial) int {
		return cmp.Compare(a.calibration.After.LogLoss, b.calibration.After.LogLoss)
	})
	if last := trials[len(trials)-1]; last.kind == LDA && p.asGood(last, best) {
		best = last
	}
	return best, candidates, nil
}

// asGood tells whether the mean log-loss of a is above that of b by no more than
// one standard error of their difference.
func (p *problem) asGood(a, b *trial) bool {
	differences := make([]float64, len(p.fair))
	for i, row := range p.fair {
		differences[i] = p.loss(a, row) - p.loss(b, row)
	}
	mean, deviation := stat.MeanStdDev(differences, nil)
	return mean <= deviation/math.Sqrt(float64(len(differences)))
}

// loss is the calibrated log-loss of a held-out row.
func (p *problem) loss(t *trial, row int) float64 {
	probabilities := softened(t.logits[row:row+1], t.calibration.Temperature)
	return logLoss(probabilities, p.labels[row:row+1])
}

// maxShots is up to how many images a class, on average, auto tries LDA. With
// more, logistic regression did as well on the photos this was measured by, and
// LDA's d × d covariance takes long.
const maxShots = 30

// kinds returns those to try.
func (p *problem) kinds() []string {
	switch {
	case p.opt.Head != Auto:
		return []string{p.opt.Head}
	case p.folds == nil || p.opt.C > 0:
		return []string{Logistic}
	case p.x.Len() > maxShots*p.classes:
		return []string{Logistic, LogisticUnit}
	default:
		return []string{Logistic, LogisticUnit, LDA}
	}
}
