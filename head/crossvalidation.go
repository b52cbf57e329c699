package head

import (
	"errors"
	"slices"
)

// errLightClasses says that weights leave nothing to cross-validate.
var errLightClasses = errors.New("no class has two images of a weight above 0, cross-validation needs them")

// divide draws the folds, if images are enough for them or are to be.
func (p *problem) divide(counts []int, classes []string) error {
	p.folds = stratify(p.labels, p.classes, p.opt.Folds, p.opt.Seed)
	if p.onceOnly() {
		p.folds = p.folds[:1]
	}
	p.fair = p.known()
	for _, row := range p.fair {
		p.fairLabels = append(p.fairLabels, p.labels[row])
	}
	switch {
	case len(p.fair) > 0:
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

// known lists the held-out rows of classes that other folds hold too.
func (p *problem) known() []int {
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

// fairOf returns those of all rows' logits that it is fair to measure.
func (p *problem) fairOf(logits [][]float32) [][]float32 {
	fair := make([][]float32, len(p.fair))
	for i, row := range p.fair {
		fair[i] = logits[row]
	}
	return fair
}

// counts is 1 for a row that fits learn from and 0 for one of weight 0.
func (p *problem) counts(row int) int {
	if p.opt.Weights == nil || p.opt.Weights[row] > 0 {
		return 1
	}
	return 0
}
