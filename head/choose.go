package head

import (
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

// A search finds what to take, in rounds. Each round varies one thing of what the
// rounds before it have chosen: so most combinations are never fitted.
//
// What the parts other than one choose, each round included, never depends on that
// part's rows: so what they are told by it is as good as what new images would be told.
type search struct {
	*problem
	inputs     []*measured // cheapest first
	tried      map[offer]*trial
	first      *trial
	candidates []Candidate
	last       *measured // of the last trial
}

// An offer is a kind of head and a view to try it on.
type offer struct {
	view view
	kind string
}

// A round offers others to try than what stands. It takes the lowest of those whose
// log-loss is lower by more than so many standard errors of the mean difference.
type round struct {
	offers         func(s *search, standing offer) []offer
	standardErrors float64
}

// What matters most comes first. With three standard errors, textures whose held-out
// photos gain by earlier blocks would mostly not get them; another kind on the last
// block hardly matters, and has to be clearly better. Neither of two ways to scale
// several blocks is the plainer one.
var rounds = []round{
	{(*search).weights, 2},
	{(*search).others, 2},
	{(*search).standardised, 0},
	{(*search).kinds, 3},
}

// choose cross-validates what the options and the inputs offer. It returns what to
// take, what held-out rows are told, and the results of all trials.
func (p *problem) choose(ctx context.Context, inputs []Input) (*trial, *crossFit, []Candidate, error) {
	s := &search{problem: p, tried: map[offer]*trial{}}
	for _, input := range inputs {
		m, err := p.measure(ctx, input)
		if err != nil {
			return nil, nil, nil, err
		}
		s.inputs = append(s.inputs, m)
	}
	var err error
	if s.first, err = s.try(ctx, s.plainest()); err != nil {
		return nil, nil, nil, err
	}
	if s.first == nil {
		return nil, nil, nil, lda.ErrNoVariance
	}
	if p.folds == nil {
		return s.first, nil, nil, nil
	}
	chosen, told := s.first, &crossFit{problem: p, by: slices.Repeat([]*trial{s.first}, p.parts)}
	for _, r := range rounds {
		for part := range p.parts {
			if told.by[part], err = s.play(ctx, r, told.by[part], part); err != nil {
				return nil, nil, nil, err
			}
		}
		if chosen, err = s.play(ctx, r, chosen, none); err != nil {
			return nil, nil, nil, err
		}
	}
	return chosen, told, s.candidates, nil
}

// play is a round in which the rows of all parts but one choose.
func (s *search) play(ctx context.Context, r round, standing *trial, without int) (*trial, error) {
	var trials []*trial
	for _, o := range r.offers(s, offer{standing.view, standing.kind}) {
		t, err := s.try(ctx, o)
		if err != nil {
			return nil, err
		}
		if t != nil {
			trials = append(trials, t)
		}
	}
	return s.pick(standing, trials, r.standardErrors, without), nil
}

// try cross-validates an offer, once. It returns nil where LDA has nothing to learn from.
func (s *search) try(ctx context.Context, o offer) (*trial, error) {
	if t, done := s.tried[o]; done {
		return t, nil
	}
	if s.last != nil && s.last != o.view.measured {
		s.last.grams = grams{}
	}
	s.last = o.view.measured
	t, err := s.problem.try(ctx, o.view, o.kind, s.first)
	if useless := errors.Is(err, lda.ErrNoVariance) || errors.Is(err, lda.ErrOverflow); useless && s.opt.Head != LDA {
		s.tried[o] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.tried[o] = t
	if s.folds == nil {
		return t, nil
	}
	if err := s.calibrate(ctx, t); err != nil {
		return nil, err
	}
	result := Candidate{
		Head: o.kind, Input: o.view.Name, Blocks: o.view.used(), C: t.c,
		LogLoss: stat.Mean(t.losses, nil), Smoothed: stat.Mean(t.smoothed, nil),
	}
	if math.IsNaN(result.LogLoss) || math.IsNaN(result.Smoothed) {
		return nil, logistic.ErrOverflow
	}
	s.candidates = append(s.candidates, result)
	return t, nil
}

// none is the part that leaves no rows out.
const none = -1

// pick returns the trial with the lowest smoothed log-loss on the rows of all parts but
// one, of those that beat what stands by more than chance explains. If none does it
// returns what stands.
func (p *problem) pick(standing *trial, trials []*trial, standardErrors float64, without int) *trial {
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
	groups, losses := p.groupsOf(rows), of(standing.smoothed)
	best, lowest := standing, floats.Sum(losses)
	for _, t := range trials {
		gains := of(t.smoothed)
		sum := floats.Sum(gains)
		floats.SubTo(gains, losses, gains)
		if sum < lowest && stat.Mean(gains, nil) > standardErrors*standardError(gains, groups) {
			best, lowest = t, sum
		}
	}
	return best
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

// blockWeights are those tried for earlier blocks, after 0.
var blockWeights = []float64{1, 0.5}

// plainest is what is taken unless another is clearly better: with few images it is
// the most accurate.
func (s *search) plainest() offer {
	last := view{s.inputs[0], 0}
	kind := LogisticUnit
	switch {
	case s.opt.Head != Auto:
		kind = s.opt.Head
	case s.folds != nil && s.ldaAlone(last):
		kind = LDA
	}
	return offer{last, kind}
}

// weights are those of earlier blocks.
func (s *search) weights(standing offer) []offer {
	m := standing.view.measured
	if standing.kind == LDA || standing.kind == MLP || len(m.Blocks) < 2 {
		return nil
	}
	var offers []offer
	for _, weight := range blockWeights {
		if all := (view{m, weight}); s.affordable(all) {
			offers = append(offers, offer{all, standing.kind})
		}
	}
	return offers
}

// others are other inputs.
func (s *search) others(standing offer) []offer {
	var offers []offer
	for _, m := range s.inputs {
		v := view{m, standing.view.weight}
		if len(m.Blocks) < 2 || !s.affordable(v) {
			v.weight = 0
		}
		if v != standing.view {
			offers = append(offers, offer{v, standing.kind})
		}
	}
	return offers
}

// standardised is the other kind of logistic regression, on several blocks.
func (s *search) standardised(standing offer) []offer {
	if !s.free(standing) || standing.view.whole() {
		return nil
	}
	return []offer{{standing.view, Logistic}}
}

// kinds are other kinds of heads, on the last block.
func (s *search) kinds(standing offer) []offer {
	if !s.free(standing) || !standing.view.whole() {
		return nil
	}
	return []offer{{standing.view, Logistic}, {standing.view, LDA}}
}

// free reports whether other kinds may be tried.
func (s *search) free(standing offer) bool {
	return s.opt.Head == Auto && s.opt.C == 0 && standing.kind == LogisticUnit
}

// affordable reports whether a view can be cross-validated.
func (s *search) affordable(v view) bool {
	return v.whole() || s.reducible(v) || v.weight == blockWeights[0] && s.products(v.X.Dim()) <= maxProducts
}

// ldaAlone reports whether a path of logistic regression would take too long.
func (p *problem) ldaAlone(last view) bool {
	return p.opt.C == 0 && p.products(last.matrix().Dim()) > maxProducts
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
