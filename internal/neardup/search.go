package neardup

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/matrix"
	"github.com/digitalinnovationone/headstart/internal/unionfind"
)

// search is a search for near-duplicates among rows that all differ.
type search struct {
	Options
	rows   matrix.Float32
	length []float64 // of rows

	prints   []*thumbnail // nil without
	noPrint  []bool       // rows whose picture cannot be read
	embedded []sketch
	pictured []sketch // of prints

	median float64 // distance of embeddings
	usual  float64 // distance of prints
	whole  float64 // bound of prints' distances
	crop   float64 // bound of prints' distances where they overlap best
	bound  float64 // of embeddings' distances, without prints
	pairs  []Pair
	kin    *unionfind.Sets // that may be copies
}

// worker is what a goroutine works with.
type worker struct{ aligner }

func (s *search) print(i int) *thumbnail {
	if s.prints == nil {
		return nil
	}
	return s.prints[i]
}

// takePrints asks for the prints of all rows.
func (s *search) takePrints(ctx context.Context, prints Prints, rows []int) error {
	grey, err := prints(ctx, rows)
	if err != nil {
		return err
	}
	s.prints, s.noPrint = make([]*thumbnail, len(rows)), make([]bool, len(rows))
	for i, values := range grey {
		s.prints[i], s.noPrint[i] = newThumbnail(values), values == nil
	}
	return nil
}

func (s *search) run(ctx context.Context) error {
	if err := s.find(ctx); err != nil {
		return err
	}
	slices.SortFunc(s.pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B), cmp.Compare(a.Apart, b.Apart))
	})
	s.pairs = slices.CompactFunc(s.pairs, func(a, b Pair) bool { return a.A == b.A && a.B == b.B })
	return nil
}

func (s *search) find(ctx context.Context) (err error) {
	n := s.rows.Len()
	s.kin = unionfind.New(n)
	s.length = make([]float64, n)
	for i := range n {
		s.length[i] = length(s.rows.Row(i))
	}
	if s.embedded, err = sketches(ctx, s.rows, s.Workers); err != nil || n < 2 {
		return err
	}
	if s.Bound > 0 {
		s.bound = s.Bound
		return s.byEmbeddings(ctx, func(int, int) bool { return true })
	}
	s.median = quantile(s.sample(s.embeddingDistance, fewEmbeddings), 0.5)
	if s.prints != nil {
		if err := s.byPrints(ctx); err != nil {
			return err
		}
	}
	s.bound = rounding
	if nearest := s.nearest(ctx, s.embedded, s.embeddingDistance); len(nearest) > 0 {
		s.bound = max(rounding, min(blindOfNearest*quantile(nearest, mostAlike), nearCrop*s.median))
	}
	if s.prints == nil || slices.Contains(s.prints, nil) {
		return s.byEmbeddings(ctx, func(i, j int) bool { return s.print(i) == nil || s.print(j) == nil })
	}
	return nil
}

// byEmbeddings adds the pairs whose embeddings are near each other.
func (s *search) byEmbeddings(ctx context.Context, wanted func(i, j int) bool) error {
	most := s.bound * beyond
	pairs, err := similar(ctx, s.embedded, s.embedded, differing(most), maxHits, s.Workers, func(w *worker, i, j int) (Pair, bool) {
		if !wanted(i, j) {
			return Pair{}, false
		}
		d := s.embeddingDistance(i, j)
		return Pair{A: i, B: j, Distance: d, Apart: d / s.bound}, d <= most
	})
	s.pairs = append(s.pairs, pairs...)
	return err
}

// beyond is how far beyond the bound pairs are looked at, to show what comes next.
const beyond = 1.5

// byPrints adds the pairs whose prints are alike.
func (s *search) byPrints(ctx context.Context) (err error) {
	s.usual = quantile(s.sample(s.printDistance, fewPrints), 0.9)
	if s.pictured, err = s.sketchPrints(ctx, false); err != nil {
		return err
	}
	pairs, err := s.wholePairs(ctx, s.pictured, false)
	if err != nil {
		return err
	}
	if s.Flipped {
		mirrored, err := s.sketchPrints(ctx, true)
		if err != nil {
			return err
		}
		flipped, err := s.wholePairs(ctx, mirrored, true)
		if err != nil {
			return err
		}
		pairs = append(pairs, flipped...)
	}
	for _, p := range pairs {
		if p.Apart <= whole*s.usual {
			s.kin.Join(p.A, p.B)
		}
	}
	s.whole, s.crop = whole*s.usual, cropped*s.usual
	if nearest := s.nearest(ctx, s.pictured, s.printDistance); len(nearest) > 0 {
		alike := quantile(nearest, mostAlike)
		s.whole = min(s.whole, wholeOfNearest*alike)
		s.crop = max(s.whole, min(s.crop, croppedOfNearest*alike))
	}
	for _, p := range pairs {
		if p.Apart /= s.whole; p.Apart <= chain {
			p.Distance = s.embeddingDistance(p.A, p.B)
			s.pairs = append(s.pairs, p)
		}
	}
	return s.croppedPairs(ctx)
}

// wholePairs returns the pairs of rows whose prints are alike, with their
// distance in Apart.
func (s *search) wholePairs(ctx context.Context, firsts []sketch, flipped bool) ([]Pair, error) {
	most := whole * beyond * s.usual
	return similar(ctx, firsts, s.pictured, differing(most), maxHits, s.Workers, func(w *worker, i, j int) (Pair, bool) {
		a, b := s.prints[i], s.prints[j]
		if a == nil || b == nil {
			return Pair{}, false
		}
		if flipped {
			a = a.mirrored(w.mirror[:])
		}
		alike := similarity(a, b)
		d := distance(alike)
		return Pair{A: i, B: j, Similarity: alike, Flipped: flipped, Apart: d}, d <= most
	})
}

// croppedPairs adds the pairs of which one is a crop of the other.
func (s *search) croppedPairs(ctx context.Context) error {
	found := unionfind.New(len(s.prints))
	for _, p := range s.pairs {
		if p.Apart <= 1 {
			found.Join(p.A, p.B)
		}
	}
	together := make([]int, len(s.prints)) // Find writes
	for i := range together {
		together[i] = found.Find(i)
	}
	most := max(minCrops, min(maxHits, maxAligned/len(s.prints)))
	pairs, err := similar(ctx, s.embedded, s.embedded, differing(nearCrop*s.median), most, s.Workers, func(w *worker, i, j int) (Pair, bool) {
		if together[i] == together[j] {
			return Pair{}, false
		}
		apart, alike := s.cropApart(w, i, j)
		return Pair{A: i, B: j, Distance: s.embeddingDistance(i, j), Similarity: alike, Apart: apart}, apart <= chain
	})
	s.pairs = append(s.pairs, pairs...)
	return err
}

// cropApart returns how far two images are from being crops of one another, as a
// multiple of what is allowed, and the correlation of their prints.
func (s *search) cropApart(w *worker, i, j int) (apart, alike float64) {
	a, b := s.prints[i], s.prints[j]
	if a == nil || b == nil || distance(similarity(a, b)) > unaligned*s.usual {
		return math.Inf(1), 0
	}
	near := s.embeddingDistance(i, j) / s.median
	if near > chain*nearCrop {
		return math.Inf(1), 0
	}
	alike = w.align(a, b)
	d := distance(alike) / s.crop
	return max(d, near/nearCrop, d*near/cropTrade), alike
}

// apart returns how far two images are from being near-duplicates, as a multiple
// of what is allowed.
func (s *search) apart(w *worker, i, j int) float64 {
	if s.Bound > 0 || s.print(i) == nil || s.print(j) == nil {
		return s.embeddingDistance(i, j) / s.bound
	}
	a, b := s.prints[i], s.prints[j]
	apart := distance(similarity(a, b)) / s.whole
	if s.Flipped {
		apart = min(apart, distance(similarity(a.mirrored(w.mirror[:]), b))/s.whole)
	}
	if apart > chain {
		crop, _ := s.cropApart(w, i, j)
		apart = min(apart, crop)
	}
	return apart
}

// sketchPrints returns sketches of all prints, or of their mirror images.
func (s *search) sketchPrints(ctx context.Context, mirrored bool) ([]sketch, error) {
	all := make([]sketch, len(s.prints))
	sk := newSketcher(area)
	err := inBlocks(ctx, len(all), s.Workers, func() func(from, to int) {
		unit, buffer, grey := make([]float32, area), sk.newBuffer(), make([]byte, area)
		return func(from, to int) {
			for i := from; i < to; i++ {
				p := s.prints[i]
				if p == nil {
					continue
				}
				if mirrored {
					p = p.mirrored(grey)
				}
				p.unit(unit)
				all[i] = sk.sketch(unit, buffer)
			}
		}
	})
	return all, err
}

// printDistance returns the distance of two prints, NaN if one is missing.
func (s *search) printDistance(i, j int) float64 {
	a, b := s.prints[i], s.prints[j]
	if a == nil || b == nil {
		return math.NaN()
	}
	return distance(similarity(a, b))
}

// embeddingDistance returns the distance of two embeddings, scaled to length 1.
func (s *search) embeddingDistance(i, j int) float64 {
	a, b := s.rows.Row(i), s.rows.Row(j)
	scaleA, scaleB := 1/s.length[i], 1/s.length[j]
	var sum float64
	for d, v := range a {
		difference := float64(v)*scaleA - float64(b[d])*scaleB
		sum += difference * difference
	}
	return math.Sqrt(sum)
}

// length returns a row's Euclidean norm, or 1 for a row of zeros.
func length(row []float32) float64 {
	var sum float64
	for _, v := range row {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		return 1
	}
	return math.Sqrt(sum)
}
