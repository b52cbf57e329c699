package head

import (
	"errors"
	"math/rand/v2"
	"slices"
)

// errLightClasses says that weights leave nothing to cross-validate.
var errLightClasses = errors.New("no class has two images with a weight above 0, which cross-validation needs")

// split draws the folds. Without enough images for them it returns an error, or,
// where cross-validation is not needed to choose C, no folds.
func (p *problem) split(counts []int, classes []string) error {
	p.folds = stratifiedSplit(p.labels, p.classes, p.opt.Folds, p.opt.Seed)
	if p.oneFold() {
		p.folds = p.folds[:1]
	}
	p.scorable = p.knownRows()
	for _, row := range p.scorable {
		p.scorableLabels = append(p.scorableLabels, p.labels[row])
	}
	switch {
	case len(p.scorable) > 0:
		return nil
	case p.opt.C > 0:
		p.folds = nil
		return nil
	case slices.Max(counts) < 2:
		return &TooFewError{Class: classes[0], Count: 1, Needed: 2}
	default:
		return errLightClasses
	}
}

// stratify deals the rows into folds by rng, each class as evenly as its
// size allows. It returns the rows of each fold in ascending order.
func stratifiedSplit(labels []int, classes, folds int, seed uint64) [][]int {
	members := make([][]int, classes)
	for i, label := range labels {
		members[label] = append(members[label], i)
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	dealt := make([][]int, min(folds, len(labels)))
	next := 0
	for _, rows := range members {
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, row := range rows {
			dealt[next] = append(dealt[next], row)
			next = (next + 1) % len(dealt)
		}
	}
	for _, rows := range dealt {
		slices.Sort(rows)
	}
	return dealt
}

// knownRows lists the held-out rows whose class other folds have as well.
func (p *problem) knownRows() []int {
	all := make([]int, p.classes) // rows of positive weight
	for row := range p.labels {
		all[p.labels[row]] += p.counts(row)
	}
	var known []int
	for _, rows := range p.folds {
		held := make([]int, p.classes)
		for _, row := range rows {
			held[p.labels[row]] += p.counts(row)
		}
		for _, row := range rows {
			if label := p.labels[row]; all[label] > held[label] {
				known = append(known, row)
			}
		}
	}
	slices.Sort(known)
	return known
}

// scorableOf returns the logits of scorable rows, out of those of all rows.
func (p *problem) scorableOf(logits [][]float32) [][]float32 {
	scorable := make([][]float32, len(p.scorable))
	for i, row := range p.scorable {
		scorable[i] = logits[row]
	}
	return scorable
}

// counts is 1 for a row that fits learn from and 0 for one of weight 0.
func (p *problem) counts(row int) int {
	if p.opt.Weights == nil || p.opt.Weights[row] > 0 {
		return 1
	}
	return 0
}
