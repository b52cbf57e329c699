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
	kin    []int     // of each row, the number of those that may show the same picture
	lonely []float64 // of rows that were asked for, see alone; 0 for others
	crowd  []float64 // likewise, see crowdOf
}

// worker is what a goroutine works with.
type worker struct {
	aligner
	row, aligned int // how many others were aligned with a row
}

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
	s.kin, s.lonely, s.crowd = joined(n, nil, nil), make([]float64, n), make([]float64, n)
	s.length = make([]float64, n)
	for i := range n {
		s.length[i] = length(s.rows.Row(i))
	}
	if s.embedded, err = sketches(ctx, s.rows, s.Workers); err != nil || n < 2 {
		return err
	}
	if s.Bound > 0 {
		s.bound = s.Bound
		return s.byEmbeddings(ctx, chain*s.Bound)
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
	return s.byEmbeddings(ctx, nearFew*s.median)
}

// byPrints adds the pairs whose prints are alike.
func (s *search) byPrints(ctx context.Context) (err error) {
	// Where most images are one picture, its copies say nothing of others.
	usual := slices.DeleteFunc(s.sample(s.printDistance, nil), func(d float64) bool { return d <= samePixels })
	s.usual = quantile(append(usual, fewPrints...), 0.9)
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
	s.kin = joined(len(s.prints), pairs, func(p Pair) bool { return p.Apart <= whole*s.usual })
	s.whole, s.crop = whole*s.usual, cropped*s.usual
	if nearest := s.nearest(ctx, s.pictured, s.printDistance); len(nearest) > 0 {
		alike := quantile(nearest, mostAlike)
		s.whole = max(min(s.whole, wholeOfNearest*alike), samePixels)
		s.crop = max(s.whole, min(s.crop, croppedOfNearest*alike))
	}
	for _, p := range pairs {
		if p.Apart /= s.whole; p.Apart <= chain {
			p.Distance = s.embeddingDistance(p.A, p.B)
			s.pairs = append(s.pairs, p)
		}
	}
	return nil
}

// wholePairs returns the pairs of rows whose prints are alike, with their
// distance in Apart.
func (s *search) wholePairs(ctx context.Context, firsts []sketch, flipped bool) ([]Pair, error) {
	most := whole * chain * s.usual
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

// joined returns for each of n rows the number of its set, when some pairs are joined.
func joined(n int, pairs []Pair, join func(Pair) bool) []int {
	sets := unionfind.New(n)
	for _, p := range pairs {
		if join(p) {
			sets.Join(p.A, p.B)
		}
	}
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = sets.Find(i)
	}
	return numbers
}

// apart returns how far two images are from being near-duplicates, as a multiple
// of what is allowed.
func (s *search) apart(w *worker, i, j int) float64 {
	apart := math.Inf(1)
	if a, b := s.print(i), s.print(j); a != nil && b != nil {
		apart = distance(similarity(a, b)) / s.whole
		if s.Flipped {
			apart = min(apart, distance(similarity(a.mirrored(w.mirror[:]), b))/s.whole)
		}
		if apart > chain {
			if o, ok := s.overlap(w, i, j); ok {
				apart = min(apart, s.cropApart(i, j, o))
			}
		}
	}
	if apart > chain {
		apart = min(apart, s.embeddingsApart(i, j, s.embeddingDistance(i, j)))
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
