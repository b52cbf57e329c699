package head

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
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
	// fair lists the held-out rows that it is fair to measure: those of classes
	// that the fit in question knew.
	fair []int
}

// A trial is one kind of head on its way.
type trial struct {
	kind   string
	c      float64
	path   []PathPoint
	logits [][]float32 // of held-out rows, not calibrated; nil without folds
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
	trainer, err := lda.New(ctx, lda.Problem{X: p.x, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights}, p.folds)
	if err != nil {
		return nil, err
	}
	t := &trial{kind: LDA}
	err = p.holdOut(ctx, t, func(fold int) ([]dense, error) {
		m, err := trainer.Fit(ctx, fold)
		if err != nil {
			return nil, err
		}
		return []dense{{p.x.Dim(), m.Weights, m.Offsets}}, nil
	})
	if err != nil {
		return nil, err
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		m, err := trainer.Fit(ctx, lda.All)
		if err != nil {
			return nil, err
		}
		training.Shrinkage, training.Solver = m.Shrinkage, Solver{Status: Converged}
		return []dense{{p.x.Dim(), m.Weights, m.Offsets}}, nil
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
	err := p.holdOut(ctx, t, func(fold int) ([]dense, error) {
		layers, _, err := fit(ctx, p.weighty(p.folds[fold]))
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
func (p *problem) holdOut(ctx context.Context, t *trial, fit func(fold int) ([]dense, error)) error {
	if p.folds == nil {
		return nil
	}
	t.logits = table[float32](p.x.Len(), p.classes)
	for fold, held := range p.folds {
		layers, err := fit(fold)
		if err != nil {
			return err
		}
		h := &Head{layers: layers, temperature: 1}
		spread(p.opt.Workers, len(held), func(from, to int) {
			var logits []float64
			for _, row := range held[from:to] {
				logits = h.Logits(p.x.Row(row), logits)
				for k, z := range logits {
					t.logits[row][k] = float32(z)
				}
			}
		})
		if err := ctx.Err(); err != nil {
			return err
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
		case p.counts(i) > 0:
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
// of all. Of few images LDA, which has nothing to tune, is taken where it is as
// good but for chance: by no more than one standard error of the difference
// (Breiman et al.: Classification and regression trees, 1984).
func (p *problem) choose(ctx context.Context) (*trial, []Candidate, error) {
	var trials []*trial
	var candidates []Candidate
	kinds := p.kinds()
	for _, kind := range kinds {
		t, err := p.try(ctx, kind)
		if useless := errors.Is(err, lda.ErrNoVariance) || errors.Is(err, lda.ErrOverflow); useless && len(kinds) > 1 {
			continue // nothing that LDA could learn from; the others may
		}
		if err != nil {
			return nil, nil, err
		}
		if p.folds == nil {
			return t, nil, nil
		}
		logits, labels := p.measured(t)
		t.calibration = calibrate(logits, labels, p.opt.Workers)
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
	last := trials[len(trials)-1]
	if few := p.x.Len() <= maxTieShots*p.classes; few && last.kind == LDA && last != best && p.asGood(last, best) {
		best = last
	}
	return best, candidates, nil
}

// measured returns what a trial says of the rows that it is fair to measure.
func (p *problem) measured(t *trial) (logits [][]float32, labels []int) {
	for _, row := range p.fair {
		logits, labels = append(logits, t.logits[row]), append(labels, p.labels[row])
	}
	return logits, labels
}

// asGood tells whether the mean log-loss of a is above that of b by no more than
// one standard error of their difference.
func (p *problem) asGood(a, b *trial) bool {
	differences := p.losses(a)
	floats.Sub(differences, p.losses(b))
	mean, deviation := stat.MeanStdDev(differences, nil)
	return mean <= deviation/math.Sqrt(float64(len(differences)))
}

// losses are the calibrated log-losses of the rows that are measured.
func (p *problem) losses(t *trial) []float64 {
	logits, labels := p.measured(t)
	probabilities := softened(logits, t.calibration.Temperature)
	losses := make([]float64, len(labels))
	for i, label := range labels {
		losses[i] = logLoss(probabilities(i)[label])
	}
	return losses
}

// maxTieShots is up to how many images a class, on average, LDA is taken where
// it is as good but for chance. With more, chance is small.
const maxTieShots = 30

// maxProducts is up to how many products of a value and a weight one pass over
// the embeddings may have for auto to try logistic regression, and for any kind
// but LDA to be fitted to all folds: a cross-validated path takes some hundred
// passes. It varies in tests alone.
var maxProducts = 1 << 32

// kinds returns those to try.
func (p *problem) kinds() []string {
	switch {
	case p.opt.Head != Auto:
		return []string{p.opt.Head}
	case p.folds == nil || p.opt.C > 0:
		return []string{Logistic}
	case p.products() > maxProducts:
		return []string{LDA}
	default:
		return []string{Logistic, LogisticUnit, LDA}
	}
}

// onceOnly tells whether one fold is to do for cross-validation. LDA does not
// take that long.
func (p *problem) onceOnly() bool {
	lda := p.opt.Head == LDA || p.opt.Head == Auto && p.opt.C == 0
	return !lda && p.products() > maxProducts
}

// products is how many of a value and a weight one pass over the embeddings has.
// The exponential of a logit takes as long as some.
func (p *problem) products() int {
	const exponential = 64
	if p.opt.Head == MLP {
		return p.x.Len() * (p.opt.Hidden*(p.x.Dim()+p.classes) + exponential*p.classes)
	}
	return p.x.Len() * p.classes * (p.x.Dim() + exponential)
}
