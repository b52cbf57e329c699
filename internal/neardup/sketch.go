package neardup

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// sketchBits is how many bits a sketch has.
const sketchBits = 512

// sketch is the signs of a vector's projections on random directions. The share
// of bits in which two sketches differ is the angle between their vectors over π,
// give or take (Charikar, 2002).
type sketch [sketchBits / 64]uint64

// sketcher makes sketches. The directions are rows of two Hadamard matrices with
// random signs before each, always the same (Ailon and Chazelle, 2006).
type sketcher struct{ signs [2][]float32 }

func newSketcher(dim int) *sketcher {
	size := sketchBits
	for size < dim {
		size *= 2
	}
	r := rand.New(rand.NewPCG(1, 2))
	var s sketcher
	for round := range s.signs {
		s.signs[round] = make([]float32, size)
		for i := range size {
			s.signs[round][i] = float32(1 - 2*r.IntN(2))
		}
	}
	return &s
}

// sketch returns the sketch of a vector. It works in a buffer of newBuffer.
func (s *sketcher) sketch(v, buffer []float32) (bits sketch) {
	clear(buffer[copy(buffer, v):])
	for _, signs := range s.signs {
		for i, sign := range signs {
			buffer[i] *= sign
		}
		hadamard(buffer)
	}
	for i := range sketchBits {
		if buffer[i] > 0 {
			bits[i/64] |= 1 << (i % 64)
		}
	}
	return bits
}

func (s *sketcher) newBuffer() []float32 { return make([]float32, len(s.signs[0])) }

// hadamard multiplies v by the Hadamard matrix of its length, a power of 2.
func hadamard(v []float32) {
	for half := 1; half < len(v); half *= 2 {
		for at := 0; at < len(v); at += 2 * half {
			a, b := v[at:at+half], v[at+half:at+2*half]
			for i, x := range a {
				y := b[i]
				a[i], b[i] = x+y, x-y
			}
		}
	}
}

// sketches returns a sketch of each row.
func sketches(ctx context.Context, rows matrix.Float32, workers int) ([]sketch, error) {
	all := make([]sketch, rows.Len())
	if len(all) == 0 {
		return nil, nil
	}
	s := newSketcher(rows.Dim())
	err := inBlocks(ctx, len(all), workers, func() func(from, to int) {
		buffer := s.newBuffer()
		return func(from, to int) {
			for i := from; i < to; i++ {
				all[i] = s.sketch(rows.Row(i), buffer)
			}
		}
	})
	return all, err
}

// limits are in how many bits sketches differ at most: in the first 128, the first
// 256, and in all.
type limits [3]int

var noLimits = limits{sketchBits, sketchBits, sketchBits}

// differing returns limits for unit vectors of a distance or less: more bits do not
// differ but once in some ten thousand times.
func differing(distance float64) (most limits) {
	share := math.Acos(max(-1, 1-distance*distance/2)) / math.Pi
	for i, bits := range []float64{sketchBits / 4, sketchBits / 2, sketchBits} {
		most[i] = int(bits*share + 4*math.Sqrt(bits*share*(1-share)) + 1)
	}
	return most
}

// hit is a row whose sketch is like another's.
type hit struct{ differ, row int32 }

// maxHits is how many later rows a row is compared with, those of the likest
// sketches. Any number of copies of one image is still found to belong together:
// each has a later one in its list, but for the last.
const maxHits = 32

// similar calls judge for each row i with those later rows, the likest first and
// most in number, whose sketch among others differs from i's within
// limits. It returns the pairs that judge makes, in the order of rows.
func similar[P any](ctx context.Context, all, others []sketch, within limits, most, workers int, judge func(w *worker, i, j int) (P, bool)) ([]P, error) {
	found := make([][]P, (len(all)+blockRows-1)/blockRows)
	err := inBlocks(ctx, len(all), workers, func() func(from, to int) {
		var w worker
		hits := make([]nearest, blockRows)
		return func(from, to int) {
			for i := from; i < to; i++ {
				hits[i-from] = nearest{s: all[i], within: within, most: most, hits: hits[i-from].hits[:0]}
			}
			for begin := from + 1; begin < len(others); begin += cached { // which all rows meet while it is in the cache
				for i := from; i < to; i++ {
					if first := max(begin, i+1); first < min(len(others), begin+cached) {
						hits[i-from].meet(others[first:min(len(others), begin+cached)], first)
					}
				}
			}
			var pairs []P
			for i := from; i < to; i++ {
				for _, h := range hits[i-from].likest() {
					if ctx.Err() != nil {
						return
					}
					if pair, ok := judge(&w, i, int(h.row)); ok {
						pairs = append(pairs, pair)
					}
				}
			}
			found[from/blockRows] = pairs
		}
	})
	return slices.Concat(found...), err
}

// cached is how many sketches of others are compared with a block of rows at once:
// 64 KiB, which stay in a core's cache.
const cached = 1024

// nearest collects the sketches that are likest to one.
type nearest struct {
	s      sketch
	within limits
	most   int // sketches
	hits   []hit
}

// meet takes those of others that differ within limits; the first of them is of row
// first.
func (n *nearest) meet(others []sketch, first int) {
	const full = 512 // hits are cut down when there are so many
	s, within := n.s, n.within
	for j := range others {
		o := &others[j]
		differ := bits.OnesCount64(s[0]^o[0]) + bits.OnesCount64(s[1]^o[1])
		if differ > within[0] {
			continue
		}
		if differ += bits.OnesCount64(s[2]^o[2]) + bits.OnesCount64(s[3]^o[3]); differ > within[1] {
			continue
		}
		differ += bits.OnesCount64(s[4]^o[4]) + bits.OnesCount64(s[5]^o[5]) + bits.OnesCount64(s[6]^o[6]) + bits.OnesCount64(s[7]^o[7])
		if differ > within[2] {
			continue
		}
		n.hits = append(n.hits, hit{int32(differ), int32(first + j)})
		if len(n.hits) == full {
			n.hits = cut(n.hits, n.most)
			within[2] = int(n.hits[n.most-1].differ)
		}
	}
	n.within = within
}

// likest returns what was taken, the likest first, most at most.
func (n *nearest) likest() []hit {
	n.hits = cut(n.hits, n.most)
	return n.hits
}

// likest returns those sketches among others that are likest to s, the likest first,
// n at most.
func likest(s sketch, others []sketch, n int) []hit {
	near := nearest{s: s, within: noLimits, most: n}
	near.meet(others, 0)
	return near.likest()
}

// cut returns the n likest hits in order.
func cut(hits []hit, n int) []hit {
	slices.SortFunc(hits, func(a, b hit) int {
		if a.differ != b.differ {
			return int(a.differ - b.differ)
		}
		return int(a.row - b.row)
	})
	return hits[:min(n, len(hits))]
}

// blockRows is how many rows a goroutine takes at once.
const blockRows = 32

// inBlocks calls what begin returns, once for each goroutine, for blocks of n
// rows, each begun at a multiple of blockRows. It returns ctx's cause when ctx is
// done.
func inBlocks(ctx context.Context, n, workers int, begin func() func(from, to int)) error {
	var next atomic.Int64
	var faults matrix.Faults
	var running sync.WaitGroup
	for range min(workers, (n+blockRows-1)/blockRows) {
		running.Go(func() {
			faults.Run(func() {
				do := begin()
				for ctx.Err() == nil {
					from := int(next.Add(blockRows)) - blockRows
					if from >= n {
						return
					}
					do(from, min(n, from+blockRows))
				}
			})
		})
	}
	running.Wait()
	faults.Rethrow()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
