package head

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
	"github.com/digitalinnovationone/headstart/head/internal/lda"
	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// choose cross-validates the kinds that the options name. It returns the one with
// the lowest calibrated log-loss if it beats the first, otherwise the first, and
// the results of all.
func (p *problem) choose(ctx context.Context) (*trial, []Candidate, error) {
	var trials []*trial
	var candidates []Candidate
	kinds := p.kinds()
	for _, kind := range kinds {
		t, err := p.try(ctx, kind)
		if useless := errors.Is(err, lda.ErrNoVariance) || errors.Is(err, lda.ErrOverflow); useless && len(kinds) > 1 {
			continue // there is nothing that LDA could learn from, but the others may
		}
		if err != nil {
			return nil, nil, err
		}
		if p.folds == nil {
			return t, nil, nil
		}
		if t.calibration, err = calibrate(ctx, t.logits, p.scorableLabels, p.opt.Workers); err != nil {
			return nil, nil, err
		}
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
	better, err := p.beats(ctx, best, trials[0])
	if !better {
		best = trials[0]
	}
	return best, candidates, err
}

// beats reports whether the mean log-loss of a is below that of b by more than
// chance explains: by more than two standard errors of the difference. Its error
// is that of ctx.
func (p *problem) beats(ctx context.Context, a, b *trial) (bool, error) {
	differences, losses := make([]float64, len(p.scorable)), make([]float64, len(p.scorable))
	if err := p.losses(ctx, b, differences); err != nil {
		return false, err
	}
	if err := p.losses(ctx, a, losses); err != nil {
		return false, err
	}
	floats.Sub(differences, losses)
	mean := stat.Mean(differences, nil)
	return mean > 2*p.standardError(differences, mean), nil
}

// standardError is that of the mean of values of the scorable rows. Rows of one
// group are not independent: their deviations are added up first (Liang and Zeger:
// Longitudinal data analysis using generalized linear models, 1986).
func (p *problem) standardError(values []float64, mean float64) float64 {
	var groups []int
	if p.opt.Groups != nil {
		for _, row := range p.scorable {
			groups = append(groups, p.opt.Groups[row])
		}
	}
	var squares float64
	units := grouping.Rows(groups, len(values))
	for _, unit := range units {
		var sum float64
		for _, i := range unit {
			sum += values[i] - mean
		}
		squares += sum * sum
	}
	n := float64(len(units))
	return math.Sqrt(squares*n/(n-1)) / float64(len(values))
}

// losses stores the calibrated log-losses of the scorable rows.
func (p *problem) losses(ctx context.Context, t *trial, dst []float64) error {
	return spread(ctx, p.opt.Workers, len(dst), func() func(i int) {
		probabilities := temperatureScaled(t.logits, t.calibration.Temperature)
		return func(i int) { dst[i] = metrics.LogLoss(probabilities(i)[p.scorableLabels[i]]) }
	})
}

// maxProducts limits the products of a value and a weight in one pass over the
// embeddings. Above it, auto does not try logistic regression, and only LDA is
// fitted to all folds: a cross-validated path takes some hundred passes. Only
// tests change it.
var maxProducts = 1 << 32

// kinds returns those to try. The first is preferred unless another is clearly
// better: with few images it is the most accurate.
func (p *problem) kinds() []string {
	switch {
	case p.opt.Head != Auto:
		return []string{p.opt.Head}
	case p.folds == nil || p.opt.C > 0:
		return []string{LogisticUnit}
	case p.products() > maxProducts:
		return []string{LDA}
	default:
		return []string{LogisticUnit, Logistic, LDA}
	}
}

// oneFold reports whether cross-validation is limited to one fold. LDA is fast
// enough for all.
func (p *problem) oneFold() bool {
	lda := p.opt.Head == LDA || p.opt.Head == Auto && p.opt.C == 0
	return !lda && p.products() > maxProducts
}

// products is the number of products of a value and a weight in one pass over the
// embeddings. The exponential of a logit is counted as several.
func (p *problem) products() int {
	const exponential = 64
	if p.opt.Head == MLP {
		return p.x.Len() * (p.opt.Hidden*(p.x.Dim()+p.classes) + exponential*p.classes)
	}
	return p.x.Len() * p.classes * (p.x.Dim() + exponential)
}
