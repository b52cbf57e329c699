package neardup

import (
	"context"
	"math"
	"slices"
)

// candidate is a pair whose embeddings are near each other.
type candidate struct {
	Pair
	overlap
	overlaps bool
}

// byEmbeddings adds the pairs whose embeddings are within a distance, if that alone
// tells that they are near-duplicates or one is a crop of the other.
func (s *search) byEmbeddings(ctx context.Context, within float64) error {
	n := s.rows.Len()
	together := joined(n, s.pairs, func(p Pair) bool { return p.Apart <= 1 })
	most := max(minCrops, min(maxHits, maxAligned/n))
	pairs, err := similar(ctx, s.embedded, s.embedded, differing(within), maxHits, s.Workers, func(w *worker, i, j int) (c candidate, ok bool) {
		c.Pair = Pair{A: i, B: j, Distance: s.embeddingDistance(i, j)}
		if a, b := s.print(i), s.print(j); a != nil && b != nil {
			if together[i] == together[j] {
				return c, false
			}
			c.Similarity = similarity(a, b)
			if w.row != i {
				w.row, w.aligned = i, 0
			}
			if w.aligned++; w.aligned <= most {
				c.overlap, c.overlaps = s.overlap(w, i, j)
				c.Similarity = max(c.Similarity, c.alike)
			}
		}
		return c, c.Distance/s.bound <= chain || c.overlaps && c.overlap.within(max(s.crop, cropped*s.usual), nearFew) <= chain
	})
	if err != nil {
		return err
	}
	if err := s.askCrowds(ctx, pairs); err != nil {
		return err
	}
	for i, c := range pairs {
		pairs[i].Apart = math.Inf(1)
		if c.overlaps {
			pairs[i].Apart = s.cropApart(c.A, c.B, c.overlap)
		}
	}
	if err := s.askAlone(ctx, pairs); err != nil {
		return err
	}
	for _, c := range pairs {
		p := c.Pair
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
	blind := s.prints != nil && (s.print(i) == nil || s.print(j) == nil) // copies of one are not told from others
	if s.Bound > 0 || apart > chain || s.kin[i] == s.kin[j] || blind {
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
func (s *search) askAlone(ctx context.Context, pairs []candidate) error {
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
