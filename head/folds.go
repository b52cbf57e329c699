package head

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
)

// A unit is rows that are held out together: a group, or one row.
type unit struct {
	rows    []int // in ascending order
	classes []classCount
	spread  int // classes² times the variance of its numbers of rows of each class
}

// classCount is how many rows of a class a unit has.
type classCount struct{ class, rows int }

// stratifiedFolds deals the rows into folds, or into as many as there are groups:
// groups are kept whole, and each class is spread as evenly as they allow. It is
// scikit-learn's StratifiedGroupKFold, after a shuffle by seed. groups is nil
// where each row is alone. It returns the rows of each fold in ascending order;
// none is empty.
func stratifiedFolds(labels, groups []int, classes, folds int, seed uint64) [][]int {
	units := unitsOf(labels, groups, classes)
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	return deal(units, classes, folds)
}

// unitsOf returns the units in the order of their first rows.
func unitsOf(labels, groups []int, classes int) []unit {
	all := grouping.Rows(groups, len(labels))
	units := make([]unit, len(all))
	counts := make([]classCount, 0, len(labels)) // of all units, as most have one
	var members []int                            // classes of a unit's rows
	for n, rows := range all {
		members = members[:0]
		for _, row := range rows {
			members = append(members, labels[row])
		}
		slices.Sort(members)
		first, spread := len(counts), -len(rows)*len(rows)
		for i, class := range members {
			if i == 0 || class != members[i-1] {
				counts = append(counts, classCount{class: class})
			}
			counts[len(counts)-1].rows++
		}
		for _, c := range counts[first:] {
			spread += classes * c.rows * c.rows
		}
		units[n] = unit{rows, counts[first:], spread}
	}
	return units
}

// deal puts units into folds: those whose classes' numbers of rows differ most
// come first, and each goes where classes are then spread most evenly.
func deal(units []unit, classes, folds int) [][]int {
	slices.SortStableFunc(units, func(a, b unit) int { return cmp.Compare(b.spread, a.spread) })
	d := newDealer(units, classes, min(folds, len(units)))
	dealt := make([][]int, len(d.sizes))
	for _, u := range units {
		fold := d.choose(u)
		d.add(u, fold)
		dealt[fold] = append(dealt[fold], u.rows...)
	}
	for _, rows := range dealt {
		slices.Sort(rows)
	}
	return dealt
}

// A dealer knows what was dealt so far.
type dealer struct {
	sizes   []int   // of folds, in rows
	counts  [][]int // rows of each class in each fold
	dealt   []int   // rows of each class
	squares []int   // Σ counts² of each class
	totals  []int   // rows of each class, when all are dealt
}

func newDealer(units []unit, classes, folds int) *dealer {
	d := &dealer{
		sizes:   make([]int, folds),
		counts:  make([][]int, classes),
		dealt:   make([]int, classes),
		squares: make([]int, classes),
		totals:  make([]int, classes),
	}
	for class := range d.counts {
		d.counts[class] = make([]int, folds)
	}
	for _, u := range units {
		for _, c := range u.classes {
			d.totals[c.class] += c.rows
		}
	}
	return d
}

// choose returns the fold where a unit leaves the lowest sum over its classes of
// the deviation, over folds, of a fold's share of the class; the smallest fold
// where several do. Sums that differ by no more than rounding are equal.
func (d *dealer) choose(u unit) int {
	const rounding = 1e-12
	best, lowest := -1, math.Inf(1)
	for fold, size := range d.sizes {
		var sum float64
		for _, c := range u.classes {
			sum += d.deviation(c, fold)
		}
		if sum < lowest-rounding || sum <= lowest+rounding && size < d.sizes[best] {
			best, lowest = fold, sum
		}
	}
	return best
}

// deviation is the standard deviation of the folds' shares of a class, with more
// rows of it in a fold.
func (d *dealer) deviation(more classCount, fold int) float64 {
	folds, here := len(d.sizes), d.counts[more.class][fold]
	sum := d.dealt[more.class] + more.rows
	squares := d.squares[more.class] + more.rows*(2*here+more.rows)
	return math.Sqrt(float64(folds*squares-sum*sum)) / float64(folds*d.totals[more.class])
}

func (d *dealer) add(u unit, fold int) {
	d.sizes[fold] += len(u.rows)
	for _, c := range u.classes {
		d.squares[c.class] += c.rows * (2*d.counts[c.class][fold] + c.rows)
		d.counts[c.class][fold] += c.rows
		d.dealt[c.class] += c.rows
	}
}
