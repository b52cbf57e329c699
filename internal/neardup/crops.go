package neardup

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// overlap is how alike two images are as crops of each other.
type overlap struct {
	near  float64 // distance of embeddings, as a multiple of the median
	apart float64 // distance of prints where they overlap best
	alike float64 // their correlation there
}

// overlap compares two images as crops of each other; ok is false if they cannot be.
func (s *search) overlap(w *worker, i, j int) (o overlap, ok bool) {
	a, b := s.print(i), s.print(j)
	if a == nil || b == nil {
		return o, false
	}
	plain := similarity(a, b)
	if o.near = s.embeddingDistance(i, j) / s.median; distance(plain) > unaligned*s.usual || o.near > chain*nearFew {
		return o, false
	}
	o.alike = max(plain, w.align(a, b))
	o.apart = min(distance(o.alike), distanceLessRounding(plain, a, b))
	return o, true
}

// distanceLessRounding returns the distance of two prints less what comes of their
// being whole numbers. In a print that is almost of one grey, that is most of it.
func distanceLessRounding(alike float64, a, b *thumbnail) float64 {
	const variance = 1.0 / 12 // of the error of a value
	return math.Sqrt(max(0, 2-2*alike-area*variance*(1/(a.spread*a.spread)+1/(b.spread*b.spread))))
}

// within returns how far apart the images are as a multiple of what is allowed: a
// distance of prints, one of embeddings, and of the product of both.
func (o overlap) within(prints, near float64) float64 {
	d := o.apart / prints
	return max(d, o.near/near, d*o.near/cropTrade)
}

// cropApart returns how far two images are from being crops of one another, as a
// multiple of what is allowed. Where most images have others that look alike, prints
// must be nearer; but not those of an image that has few of them.
func (s *search) cropApart(i, j int, o overlap) float64 {
	apart := o.within(s.crop, nearCrop)
	if s.alikeMatter(o) {
		if few := min(cropped*s.usual, ofCrowd*min(s.crowd[i], s.crowd[j])); few > 0 {
			apart = min(apart, o.within(few, nearFew))
		}
	}
	return apart
}

// alikeMatter tells whether it matters how many others look like the two images.
func (s *search) alikeMatter(o overlap) bool {
	return o.within(s.crop, nearCrop) > 1 && o.within(cropped*s.usual, nearFew) <= chain
}

// askCrowds fills in crowd for the rows of pairs where it matters, of the nearest
// pairs first.
func (s *search) askCrowds(ctx context.Context, pairs []candidate) error {
	some := slices.DeleteFunc(slices.Clone(pairs), func(c candidate) bool { return !c.overlaps || !s.alikeMatter(c.overlap) })
	slices.SortStableFunc(some, func(a, b candidate) int { return cmp.Compare(a.apart*a.near, b.apart*b.near) })
	var rows []int
	asked := make([]bool, s.rows.Len())
	for _, c := range some {
		for _, i := range []int{c.A, c.B} {
			if !asked[i] && len(rows) < maxCrowds {
				asked[i] = true
				rows = append(rows, i)
			}
		}
	}
	return inBlocks(ctx, len(rows), s.Workers, func() func(from, to int) {
		var w worker
		return func(from, to int) {
			for _, i := range rows[from:to] {
				if ctx.Err() != nil {
					return
				}
				s.crowd[i] = s.crowdOf(&w, i)
			}
		}
	})
}

// crowdOf returns how far the print of the eighth nearest other image is, where they
// overlap best: a thing may have some photos, but a set of things that look alike has
// many.
func (s *search) crowdOf(w *worker, i int) float64 {
	const eighth = 8
	d := s.nth(eighth, i, s.embedded, maxHits, func(i, j int) float64 {
		a, b := s.print(i), s.print(j)
		if a == nil || b == nil {
			return math.NaN()
		}
		return distance(w.align(a, b))
	})
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}
