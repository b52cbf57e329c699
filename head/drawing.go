package head

import (
	"math/rand/v2"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
)

// A drawing divides rows into those that are held out and a pool that draws are
// taken from.
type drawing struct {
	labels  []int // of all rows, renumbered: those of the pool are 0 to classes-1
	groups  []int // of all rows, or nil
	classes int
	held    []int // rows measured on
	unused  int   // rows that could be held, and are too many
	pool    []int // rows learnt from
	units   []unit
	counts  []int // rows of each class in the pool
	largest int   // of counts
	seed    uint64
}

// newDrawing fails with ErrOneClass or ErrNoCurve if there is nothing to measure.
func newDrawing(labels []int, opt CurveOptions) (*drawing, error) {
	numbers := map[int]int{}
	d := &drawing{labels: make([]int, len(labels)), groups: opt.Groups, seed: opt.Seed}
	for row, label := range labels {
		if _, seen := numbers[label]; !seen {
			numbers[label] = 0
		}
		d.labels[row] = label
	}
	if len(numbers) < 2 {
		return nil, ErrOneClass
	}
	d.divide(opt.HeldOut)
	d.renumber()
	d.limitHeld()
	if d.classes < 2 || len(d.held) == 0 {
		return nil, ErrNoCurve
	}
	d.units = unitsOf(d.labelsOf(d.pool), d.groupsOf(d.pool), d.classes)
	d.counts = make([]int, d.classes)
	for _, row := range d.pool {
		d.counts[d.labels[row]]++
	}
	d.largest = slices.Max(d.counts)
	return d, nil
}

// divide holds out the rows that are marked, or about a quarter of each class.
func (d *drawing) divide(marked []bool) {
	if marked == nil {
		const parts = 4
		marked = make([]bool, len(d.labels))
		labels := slices.Clone(d.labels)
		all := slices.Clone(labels)
		slices.Sort(all)
		all = slices.Compact(all)
		for row, label := range labels {
			labels[row], _ = slices.BinarySearch(all, label)
		}
		for _, row := range stratifiedFolds(labels, d.groups, len(all), parts, d.seed)[0] {
			marked[row] = true
		}
	}
	parted := map[int]bool{} // groups
	for row, m := range marked {
		if m {
			d.held = append(d.held, row)
			if d.groups != nil {
				parted[d.groups[row]] = true
			}
		}
	}
	for row, m := range marked {
		if !m && (d.groups == nil || !parted[d.groups[row]]) {
			d.pool = append(d.pool, row)
		}
	}
}

// renumber numbers the classes of the pool, and forgets the held-out rows of others,
// which no draw can know.
func (d *drawing) renumber() {
	known := make([]int, 0, len(d.pool))
	for _, row := range d.pool {
		known = append(known, d.labels[row])
	}
	slices.Sort(known)
	known = slices.Compact(known)
	d.classes = len(known)
	d.held = slices.DeleteFunc(d.held, func(row int) bool {
		_, found := slices.BinarySearch(known, d.labels[row])
		return !found
	})
	for row, label := range d.labels {
		d.labels[row], _ = slices.BinarySearch(known, label)
	}
}

// maxHeld is about how many rows are measured on at most: with so many an accuracy
// of 0.9 is known to 0.012.
const maxHeld = 2500

// limitHeld keeps so many held-out rows, in whole groups.
func (d *drawing) limitHeld() {
	if len(d.held) <= maxHeld {
		return
	}
	all := grouping.Rows(d.groupsOf(d.held), len(d.held))
	rng := rand.New(rand.NewPCG(d.seed, 0))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var kept []int
	for _, group := range all {
		if len(kept) >= maxHeld {
			break
		}
		for _, i := range group {
			kept = append(kept, d.held[i])
		}
	}
	slices.Sort(kept)
	d.held, d.unused = kept, len(d.held)-len(kept)
}

// draw returns the rows of draw n of so many of each class, in ascending order.
// Groups are taken whole, in random order, unless a class would have more, but
// every class has one. Of a smaller number per class the same draw is a part of it,
// but for what large groups do.
func (d *drawing) draw(perClass, n int) []int {
	rng := rand.New(rand.NewPCG(d.seed, uint64(n)+1))
	order := rng.Perm(len(d.units))
	taken := make([]int, d.classes)
	var rows []int
	for _, at := range order {
		if u := d.units[at]; d.fits(u, taken, perClass) {
			for _, c := range u.classes {
				taken[c.class] += c.rows
			}
			for _, row := range u.rows {
				rows = append(rows, d.pool[row])
			}
		}
	}
	slices.Sort(rows)
	return rows
}

func (d *drawing) fits(u unit, taken []int, perClass int) bool {
	within := true
	for _, c := range u.classes {
		if taken[c.class] == 0 {
			return true
		}
		within = within && taken[c.class]+c.rows <= perClass
	}
	return within
}

// sizes returns the numbers of images of each class to try, of which the last one
// means all. Between it and the one before there is a factor of at least 1.5.
func (d *drawing) sizes() []int {
	var sizes []int
	for decade := 1; 3*decade < 2*d.largest; decade *= 10 {
		for _, k := range []int{1, 2, 5} {
			if k *= decade; k > 1 && 3*k <= 2*d.largest {
				sizes = append(sizes, k)
			}
		}
	}
	return append(sizes, d.largest)
}

// most returns how many rows a draw has at most, but for large groups.
func (d *drawing) most(perClass int) int {
	rows := 0
	for _, n := range d.counts {
		rows += min(n, perClass)
	}
	return rows
}

// chance is the share of held-out rows of the class that has most rows in the pool.
func (d *drawing) chance() float64 {
	frequent, n := slices.Index(d.counts, d.largest), 0
	for _, row := range d.held {
		if d.labels[row] == frequent {
			n++
		}
	}
	return float64(n) / float64(len(d.held))
}

func (d *drawing) heldGroups() int {
	return len(grouping.Rows(d.groupsOf(d.held), len(d.held)))
}

func (d *drawing) labelsOf(rows []int) []int {
	labels := make([]int, len(rows))
	for i, row := range rows {
		labels[i] = d.labels[row]
	}
	return labels
}

// groupsOf returns the groups of some rows, nil if all rows are alone.
func (d *drawing) groupsOf(rows []int) []int {
	if d.groups == nil {
		return nil
	}
	groups := make([]int, len(rows))
	for i, row := range rows {
		groups[i] = d.groups[row]
	}
	return groups
}
