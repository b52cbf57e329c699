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
	s.kin, s.lonely = joined(n, nil, 0), make([]float64, n)
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
	return s.byEmbeddings(ctx, nearCrop*s.median)
}

// byEmbeddings adds the pairs whose embeddings are within a distance, if that alone
// tells that they are near-duplicates or one is a crop of the other.
func (s *search) byEmbeddings(ctx context.Context, within float64) error {
	n := s.rows.Len()
	together := joined(n, s.pairs, 1)
	most := max(minCrops, min(maxHits, maxAligned/n))
	pairs, err := similar(ctx, s.embedded, s.embedded, differing(within), maxHits, s.Workers, func(w *worker, i, j int) (Pair, bool) {
		p := Pair{A: i, B: j, Distance: s.embeddingDistance(i, j), Apart: math.Inf(1)}
		if a, b := s.print(i), s.print(j); a != nil && b != nil {
			if together[i] == together[j] {
				return p, false
			}
			p.Similarity = similarity(a, b)
			if w.row != i {
				w.row, w.aligned = i, 0
			}
			if w.aligned++; w.aligned <= most {
				var aligned float64
				p.Apart, aligned = s.cropApart(w, i, j)
				p.Similarity = max(p.Similarity, aligned)
			}
		}
		return p, min(p.Apart, p.Distance/s.bound) <= chain
	})
	if err != nil {
		return err
	}
	if err := s.askAlone(ctx, pairs); err != nil {
		return err
	}
	for _, p := range pairs {
		if p.Apart = min(p.Apart, s.embeddingsApart(p.A, p.B, p.Distance)); p.Apart <= chain {
			s.pairs = append(s.pairs, p)
		}
	}
	return nil
}

// embeddingsApart returns how far two images whose embeddings are a distance apart
// are from being near-duplicates by that alone, as a multiple of what is allowed.
func (s *search) embeddingsApart(i, j int, distance float64) float64 {
	apart := distance / s.bound
	if s.Bound > 0 || apart > chain || s.kin[i] == s.kin[j] {
		return apart
	}
	return max(apart, distance/(ofAlone*s.alone(i)), distance/(ofAlone*s.alone(j)))
}

// alone returns how far the third nearest other image is that is no copy. Where a
// set has some images that look alike, they are nearer each other than the bound,
// but not nearer than to others of the kind.
func (s *search) alone(i int) float64 {
	if s.lonely[i] == 0 {
		s.lonely[i] = math.Inf(1)
		if d := s.third(i, s.embedded, s.embeddingDistance); !math.IsNaN(d) {
			s.lonely[i] = max(d, math.SmallestNonzeroFloat64)
		}
	}
	return s.lonely[i]
}

// askAlone has alone know the answer for the rows of pairs.
func (s *search) askAlone(ctx context.Context, pairs []Pair) error {
	if s.Bound > 0 {
		return nil
	}
	var rows []int
	for _, p := range pairs {
		if s.kin[p.A] != s.kin[p.B] && p.Apart > 1 && p.Distance <= chain*s.bound {
			rows = append(rows, p.A, p.B)
		}
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	return inBlocks(ctx, len(rows), s.Workers, func() func(from, to int) {
		return func(from, to int) {
			for _, i := range rows[from:to] {
				if ctx.Err() != nil {
					return
				}
				s.alone(i)
			}
		}
	})
}

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
	s.kin = joined(len(s.prints), pairs, whole*s.usual)
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

// joined returns for each of n rows the number of its set, when pairs no further
// apart than most are joined.
func joined(n int, pairs []Pair, most float64) []int {
	sets := unionfind.New(n)
	for _, p := range pairs {
		if p.Apart <= most {
			sets.Join(p.A, p.B)
		}
	}
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = sets.Find(i)
	}
	return numbers
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
	apart := math.Inf(1)
	if a, b := s.print(i), s.print(j); a != nil && b != nil {
		apart = distance(similarity(a, b)) / s.whole
		if s.Flipped {
			apart = min(apart, distance(similarity(a.mirrored(w.mirror[:]), b))/s.whole)
		}
		if apart > chain {
			crop, _ := s.cropApart(w, i, j)
			apart = min(apart, crop)
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
