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
)

// choose cross-validates the kinds that the options name, and returns one and
// what was found of all: the one with the lowest calibrated log-loss if it beats
// the first of them, and else the first.
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
		t.calibration = calibrate(t.logits, p.fairLabels, p.opt.Workers)
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
	if first := trials[0]; !p.beats(best, first) {
		best = first
	}
	return best, candidates, nil
}

// beats tells whether the mean log-loss of a is below that of b by more than
// chance explains: by more than two standard errors of the difference.
func (p *problem) beats(a, b *trial) bool {
	differences := p.losses(b)
	floats.Sub(differences, p.losses(a))
	mean, deviation := stat.MeanStdDev(differences, nil)
	return mean > 2*stat.StdErr(deviation, float64(len(differences)))
}

// losses are the calibrated log-losses of the fair rows.
func (p *problem) losses(t *trial) []float64 {
	probabilities := softened(t.logits, t.calibration.Temperature)
	losses := make([]float64, len(p.fair))
	for i, label := range p.fairLabels {
		losses[i] = logLoss(probabilities(i)[label])
	}
	return losses
}

// maxProducts is up to how many products of a value and a weight one pass over
// the embeddings may have for auto to try logistic regression, and for any kind
// but LDA to be fitted to all folds: a cross-validated path takes some hundred
// passes. It varies in tests alone.
var maxProducts = 1 << 32

// kinds returns those to try. First is the one to take where it is as good as
// the others but for chance: on few images it errs least.
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
