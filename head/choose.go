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
)

// choose cross-validates the kinds that the options name. It returns the one to
// take, what held-out rows are told, and the results of all kinds.
func (p *problem) choose(ctx context.Context) (*trial, *crossFit, []Candidate, error) {
	var trials []*trial
	var candidates []Candidate
	kinds := p.kinds()
	for _, kind := range kinds {
		t, err := p.try(ctx, kind)
		if useless := errors.Is(err, lda.ErrNoVariance) || errors.Is(err, lda.ErrOverflow); useless && len(kinds) > 1 {
			continue // there is nothing that LDA could learn from, but the others may
		}
		if err != nil {
			return nil, nil, nil, err
		}
		if p.folds == nil {
			return t, nil, nil, nil
		}
		if err := p.calibrate(ctx, t); err != nil {
			return nil, nil, nil, err
		}
		result := Candidate{Head: kind, C: t.c, LogLoss: stat.Mean(t.losses, nil), Smoothed: stat.Mean(t.smoothed, nil)}
		if math.IsNaN(result.LogLoss) || math.IsNaN(result.Smoothed) {
			return nil, nil, nil, logistic.ErrOverflow
		}
		trials = append(trials, t)
		candidates = append(candidates, result)
	}
	told := &crossFit{problem: p}
	for part := range p.parts {
		told.by = append(told.by, p.pick(trials, part))
	}
	return p.pick(trials, none), told, candidates, nil
}

// none is the part that leaves no rows out.
const none = -1

// pick returns the trial with the lowest smoothed log-loss on the rows of all parts but
// one, if it beats the first by more than chance explains: by more than three
// standard errors of the mean difference. Otherwise it returns the first.
func (p *problem) pick(trials []*trial, without int) *trial {
	of := func(values []float64) []float64 {
		var others []float64
		for i, part := range p.part {
			if part != without {
				others = append(others, values[i])
			}
		}
		return others
	}
	best := slices.MinFunc(trials, func(a, b *trial) int {
		return cmp.Compare(floats.Sum(of(a.smoothed)), floats.Sum(of(b.smoothed)))
	})
	var rows []int
	for i, part := range p.part {
		if part != without {
			rows = append(rows, p.scorable[i])
		}
	}
	gain := of(trials[0].smoothed)
	floats.Sub(gain, of(best.smoothed))
	if mean := stat.Mean(gain, nil); mean > 3*standardError(gain, p.groupsOf(rows)) {
		return best
	}
	return trials[0]
}

// standardError is that of the mean of values. Those of one group are not
// independent: their deviations are added up first (Liang and Zeger: Longitudinal
// data analysis using generalized linear models, 1986). groups is nil where all
// are alone.
func standardError(values []float64, groups []int) float64 {
	mean := stat.Mean(values, nil)
	var squares float64
	all := grouping.Rows(groups, len(values))
	for _, group := range all {
		var sum float64
		for _, i := range group {
			sum += values[i] - mean
		}
		squares += sum * sum
	}
	n := float64(len(all))
	return math.Sqrt(squares*n/(n-1)) / float64(len(values))
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
