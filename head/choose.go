package head

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
	"github.com/digitalinnovationone/headstart/head/internal/lda"
	"github.com/digitalinnovationone/headstart/head/internal/logistic"
)

// choose cross-validates what the options and the inputs offer. It returns what to
// take, what held-out rows are told, and the results of all trials.
func (p *problem) choose(ctx context.Context, inputs []Input) (*trial, *crossFit, []Candidate, error) {
	var trials []*trial
	var candidates []Candidate
	for _, input := range inputs {
		known, err := p.measure(ctx, input)
		if err != nil {
			return nil, nil, nil, err
		}
		far := map[string]bool{} // kinds that did far worse than the first trial
		for _, o := range p.offers(known) {
			if far[o.kind] {
				continue
			}
			var first *trial
			if len(trials) > 0 && trials[0].path != nil {
				first = trials[0]
			}
			t, err := p.try(ctx, o.view, o.kind, first)
			if useless := errors.Is(err, lda.ErrNoVariance) || errors.Is(err, lda.ErrOverflow); useless && p.opt.Head != LDA {
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
			result := Candidate{
				Head: o.kind, Input: input.Name, Blocks: o.view.used(), C: t.c,
				LogLoss: stat.Mean(t.losses, nil), Smoothed: stat.Mean(t.smoothed, nil),
			}
			if math.IsNaN(result.LogLoss) || math.IsNaN(result.Smoothed) {
				return nil, nil, nil, logistic.ErrOverflow
			}
			trials = append(trials, t)
			candidates = append(candidates, result)
			far[o.kind] = result.Smoothed > farWorse*candidates[0].Smoothed
		}
		known.grams = grams{}
	}
	if len(trials) == 0 {
		return nil, nil, nil, lda.ErrNoVariance
	}
	told := &crossFit{problem: p}
	for part := range p.parts {
		told.by = append(told.by, p.pick(trials, part))
	}
	return p.pick(trials, none), told, candidates, nil
}

// farWorse is how many times the log-loss of the first trial ends the trials of a
// kind with a smaller weight of earlier blocks.
const farWorse = 1.1

// none is the part that leaves no rows out.
const none = -1

// pick returns the trial with the lowest smoothed log-loss on the rows of all parts but
// one, of those that beat the first by more than chance explains. If none does it
// returns the first.
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
	var rows []int
	for i, part := range p.part {
		if part != without {
			rows = append(rows, p.scorable[i])
		}
	}
	groups, first := p.groupsOf(rows), of(trials[0].smoothed)
	best, lowest := trials[0], floats.Sum(first)
	for _, t := range trials[1:] {
		losses := of(t.smoothed)
		sum := floats.Sum(losses)
		floats.SubTo(losses, first, losses)
		if sum < lowest && stat.Mean(losses, nil) > beyondChance*standardError(losses, groups) {
			best, lowest = t, sum
		}
	}
	return best
}

// beyondChance is how many standard errors of the mean difference chance explains. With
// three, some sets whose held-out photos gain by earlier blocks would not get them.
const beyondChance = 2

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

// An offer is a kind of head and a view to try it on.
type offer struct {
	view view
	kind string
}

// blockWeights are those tried for earlier blocks, after 0.
var blockWeights = []float64{1, 0.5}

// offers returns what to try on an input. The first is preferred unless another is
// clearly better: with few images it is the most accurate.
func (p *problem) offers(m *measured) []offer {
	last := view{m, 0}
	kinds := p.kinds(last)
	var offers []offer
	for _, kind := range kinds {
		offers = append(offers, offer{last, kind})
		if kind == LDA || kind == MLP || len(m.Blocks) < 2 || p.folds == nil {
			continue
		}
		for _, weight := range blockWeights {
			if all := (view{m, weight}); p.affordable(all) {
				offers = append(offers, offer{all, kind})
			}
		}
	}
	return offers
}

// affordable reports whether a view of all blocks can be cross-validated.
func (p *problem) affordable(v view) bool {
	return p.reducible(v) || v.weight == blockWeights[0] && p.products(v.X.Dim()) <= maxProducts
}

// kinds returns those to try on the last block.
func (p *problem) kinds(last view) []string {
	switch {
	case p.opt.Head != Auto:
		return []string{p.opt.Head}
	case p.folds == nil || p.opt.C > 0:
		return []string{LogisticUnit}
	case p.products(last.matrix().Dim()) > maxProducts:
		return []string{LDA}
	default:
		return []string{LogisticUnit, Logistic, LDA}
	}
}

// oneFold reports whether cross-validation is limited to one fold. LDA is fast
// enough for all.
func (p *problem) oneFold(dim int) bool {
	lda := p.opt.Head == LDA || p.opt.Head == Auto && p.opt.C == 0
	return !lda && p.products(dim) > maxProducts
}

// products is the number of products of a value and a weight in one pass over so
// many columns of the embeddings. The exponential of a logit is counted as several.
func (p *problem) products(dim int) int {
	const exponential = 64
	if p.opt.Head == MLP {
		return len(p.labels) * (p.opt.Hidden*(dim+p.classes) + exponential*p.classes)
	}
	return len(p.labels) * p.classes * (dim + exponential)
}
