package head

import (
	"fmt"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
)

// Uneven is a class that groups kept from being spread evenly over folds.
type Uneven struct {
	Class  string
	Fewest int // images of it in a fold
	Most   int
}

// split draws the folds, and decides what they measure. Where that is fewer than
// two classes there are none. dim is the number of values of the largest last block.
func (p *problem) split(classes []string, dim int) {
	p.opt.Folds = max(fewestFolds, min(p.opt.Folds, p.largestClass()))
	p.folds = stratifiedFolds(p.labels, p.opt.Groups, p.classes, p.opt.Folds, p.opt.Seed)
	p.uneven = p.unevenClasses(classes)
	p.scorable = p.knownRows()
	measured := p.measured()
	for class, yes := range measured {
		if !yes {
			p.unmeasured = append(p.unmeasured, classes[class])
		}
	}
	p.notMeasured = p.whyNotMeasured(measured, classes)
	if p.notMeasured == "" && p.oneFold(dim) {
		p.folds = p.folds[:1]
		p.scorable = p.knownRows()
		if count(p.measured()) < 2 {
			p.notMeasured = "the one fold held out has images of fewer than two classes that others have too"
		}
	}
	if p.notMeasured != "" {
		p.folds, p.scorable, p.uneven, p.unmeasured = nil, nil, nil, nil
	}
	for _, row := range p.scorable {
		p.scorableLabels = append(p.scorableLabels, p.labels[row])
	}
	p.divide()
}

// fewestFolds leave two images of some classes of two, so that LDA has something to
// learn from.
const fewestFolds = 3

// largestClass returns in how many groups the class is that is in most. More folds
// than that would each leave a class out of some: the held-out images of others would
// be told from classes of which nothing is missing.
func (p *problem) largestClass() int {
	count, known := make([]int, p.classes), map[[2]int]bool{}
	for row, label := range p.labels {
		group := row
		if p.opt.Groups != nil {
			group = p.opt.Groups[row]
		}
		if of := [2]int{group, label}; !known[of] {
			known[of] = true
			count[label]++
		}
	}
	return slices.Max(count)
}

// divide puts the scorable rows into parts that choose for each other: their
// folds, or as many parts of the only fold.
func (p *problem) divide() {
	parts := p.folds
	if len(parts) == 1 {
		parts = stratifiedFolds(p.scorableLabels, p.groupsOf(p.scorable), p.classes, p.opt.Folds, p.opt.Seed)
		for _, part := range parts {
			for at, i := range part {
				part[at] = p.scorable[i]
			}
		}
	}
	of := make([]int, len(p.labels))
	for part, rows := range parts {
		for _, row := range rows {
			of[row] = part
		}
	}
	p.parts = len(parts)
	for _, row := range p.scorable {
		p.part = append(p.part, of[row])
	}
}

// targets are those of scorable rows.
func (p *problem) targets() targets {
	return smoothed(p.scorableLabels, len(grouping.Rows(p.groupsOf(p.scorable), len(p.scorable))))
}

// measured tells which classes have scorable rows.
func (p *problem) measured() []bool {
	measured := make([]bool, p.classes)
	for _, row := range p.scorable {
		measured[p.labels[row]] = true
	}
	return measured
}

func count(flags []bool) int {
	n := 0
	for _, yes := range flags {
		if yes {
			n++
		}
	}
	return n
}

// whyNotMeasured returns "" if two classes or more can be measured.
func (p *problem) whyNotMeasured(measured []bool, classes []string) string {
	need := "two images"
	if slices.Contains(p.opt.Weights, 0) {
		need = "two images with a weight above 0"
	}
	if p.opt.Groups != nil {
		need += " in different groups"
	}
	switch count(measured) {
	case 0:
		return "no class has " + need
	case 1:
		return fmt.Sprintf("only class %q has %s", classes[slices.Index(measured, true)], need)
	default:
		return ""
	}
}

// unevenClasses returns those whose number of rows in a fold is off by more than
// one.
func (p *problem) unevenClasses(classes []string) []Uneven {
	counts := make([][]int, p.classes)
	for class := range counts {
		counts[class] = make([]int, len(p.folds))
	}
	for fold, rows := range p.folds {
		for _, row := range rows {
			counts[p.labels[row]][fold]++
		}
	}
	var uneven []Uneven
	for class, counts := range counts {
		var total int
		for _, n := range counts {
			total += n
		}
		even := float64(total) / float64(len(counts))
		u := Uneven{classes[class], slices.Min(counts), slices.Max(counts)}
		if math.Max(float64(u.Most)-even, even-float64(u.Fewest)) > 1 {
			uneven = append(uneven, u)
		}
	}
	return uneven
}

// knownRows lists the held-out rows whose class other folds have as well.
func (p *problem) knownRows() []int {
	all := make([]int, p.classes) // rows of positive weight
	for row := range p.labels {
		all[p.labels[row]] += p.counts(row)
	}
	var known []int
	for _, rows := range p.folds {
		held := map[int]int{}
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

// groupsOf returns the groups of some rows, nil if all rows are alone.
func (p *problem) groupsOf(rows []int) []int {
	if p.opt.Groups == nil {
		return nil
	}
	groups := make([]int, len(rows))
	for i, row := range rows {
		groups[i] = p.opt.Groups[row]
	}
	return groups
}
