package neardup

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Bounds of near-duplicates, chosen on copies that scripts/bench_near_duplicates.py
// makes. Distances of prints are multiples of how far apart the prints of most
// images are; those of embeddings multiples of the median.
const (
	whole     = 0.09  // apart by no more, prints show the same whole picture
	cropped   = 0.20  // likewise, where they overlap best, if embeddings are near too
	nearCrop  = 0.45  // as far apart embeddings of crops are, at most
	cropTrade = 0.225 // the product of both, as a share of the bound of prints: no pair is far in both

	// A set's images may be alike: these are shares of how far the nearest other
	// image is for the most alike of them.
	wholeOfNearest   = 0.45
	croppedOfNearest = 0.45
	blindOfNearest   = 0.50
	mostAlike        = 0.05 // quantile
	ofCrowd          = 0.45 // of how far the eighth nearest other image overlaps of either
	nearFew          = 0.60 // nearCrop for images that few look like
	ofAlone          = 0.60 // of how far the nearest other images of either are

	rounding   = 1e-3 // embeddings of the same pixels are within this
	samePixels = 0.03 // and prints of a photo that differ by a level of grey here and there
	chain      = 1.5  // of a group, all are within so many bounds of one, and pairs beyond the bound are shown
	unaligned  = 0.8  // prints of crops are within this before they are aligned

	sure    = 0.5 // of the bound of prints: no chain of these is cut
	resaved = 1.0 // levels of grey by which saving again changes a print, at most

	maxCrowds  = 4_000   // asking how many look alike takes time: for so many images at most
	maxAligned = 300_000 // aligning takes time: so many pairs at most, in sets of many rows
	minCrops   = 3       // but so many a row
)

// Distances of any photos, which count for a set too small to have distances of
// its own.
var (
	fewPrints     = slices.Repeat([]float64{1.2}, 4)
	fewEmbeddings = slices.Repeat([]float64{0.8}, 20)
)

// sample returns the distances of some pairs, of all in a small set, and those of
// others.
func (s *search) sample(distance func(i, j int) float64, others []float64) []float64 {
	const most = 10_000
	distances := slices.Clone(others)
	add := func(i, j int) {
		if d := distance(i, j); !math.IsNaN(d) {
			distances = append(distances, d)
		}
	}
	n := s.rows.Len()
	if n*(n-1)/2 <= most {
		for j := range n {
			for i := range j {
				add(i, j)
			}
		}
		return distances
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range most {
		if i, j := r.IntN(n), r.IntN(n); i != j {
			add(i, j)
		}
	}
	return distances
}

// nearest returns how far the nearest other image is that is no copy, for some
// rows. It returns early when ctx is done.
func (s *search) nearest(ctx context.Context, all []sketch, distance func(i, j int) float64) (distances []float64) {
	const most = 256
	n := len(all)
	for k := range min(n, most) {
		if ctx.Err() != nil {
			return nil
		}
		if d := s.third(k*n/min(n, most), all, distance); !math.IsNaN(d) {
			distances = append(distances, d)
		}
	}
	return distances
}

// third returns how far the third nearest other image is: the nearest may be a copy
// that is not known to be one.
func (s *search) third(i int, all []sketch, distance func(i, j int) float64) float64 {
	return s.nth(3, i, all, 2*maxHits, distance)
}

// nth returns how far the nth nearest other image is, copies of one image counted
// once, among those of the likest sketches. It is NaN if there are not so many.
func (s *search) nth(n, i int, all []sketch, among int, distance func(i, j int) float64) float64 {
	least := map[int]float64{} // by kin
	for _, h := range likest(all[i], all, among) {
		kin := s.kin[h.row]
		if kin == s.kin[i] {
			continue
		}
		d := distance(i, int(h.row))
		if before, seen := least[kin]; !math.IsNaN(d) && (!seen || d < before) {
			least[kin] = d
		}
	}
	if len(least) < n {
		return math.NaN()
	}
	return slices.Sorted(maps.Values(least))[n-1]
}

// quantile returns a quantile of values, which it sorts.
func quantile(values []float64, q float64) float64 {
	slices.Sort(values)
	return values[int(q*float64(len(values)-1)+0.5)]
}
