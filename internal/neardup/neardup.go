// Package neardup finds images that are all but the same picture among many:
// saved again, resized, a little brighter or darker, a little cropped.
//
// Find takes an embedding of each image and, where it can be had, a print: the
// whole picture as Side×Side grey values. Embeddings alone do not tell copies
// from images that look alike: half as large, a photo moves further than the
// next tile of one production line is away. Prints do, and all bounds are
// relative to how far apart the images of the set are.
package neardup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"runtime"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Prints returns the prints of some rows: Side×Side grey values from the top
// left, row by row, of the whole image stretched to a square; nil for an image
// that cannot be read any more.
type Prints func(ctx context.Context, rows []int) ([][]byte, error)

// Options say what near-duplicates are. The zero value is a good choice.
type Options struct {
	Bound   float64 // within this distance of embeddings, whatever the prints; 0 chooses from the data, by prints
	Flipped bool    // mirrored images too
	Workers int     // goroutines; 0 takes as many as there are processors
}

// Pair is two images, A before B.
type Pair struct {
	A, B       int     // rows
	Distance   float64 // of their embeddings, scaled to length 1
	Similarity float64 // correlation of their prints where they overlap best, at most 1; 0 without prints
	Flipped    bool    // one is the mirror image of the other
	Apart      float64 // how far apart they are, as a multiple of what near-duplicates may be
}

// Result is what Find found.
type Result struct {
	Pairs  []Pair // near-duplicates, nearest first; of more than a few copies of one image not each with each
	Beyond []Pair // the few pairs that come next, Apart more than 1
	// Sketches are those of rows' prints, none for a row whose equal comes before; nil
	// if prints were not compared.
	Sketches []Sketch
	Groups   [][]int // of two rows or more that show one picture, each ascending, in the order of their first
	Bound    float64 // embeddings of this distance or less are of near-duplicates, told without prints: it misses some
	Whole    float64 // prints of this distance or less are of near-duplicates; 0 if they were not compared
	Blind    int     // rows without a print, which were compared by Bound
}

// maxBeyond is how many pairs beyond the bound are returned.
const maxBeyond = 5

// Find returns the near-duplicates among rows, the same for any number of
// workers. Rows that are equal are always duplicates. When ctx is done it
// returns ctx's cause.
//
// Time grows with the square of the number of rows, at some nanoseconds a pair;
// memory with the number of rows, not of pairs: 20,000 copies of one image are
// 200 million pairs.
func Find(ctx context.Context, rows matrix.Float32, prints Prints, o Options) (*Result, error) {
	if o.Workers < 1 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	equal, err := distinct(ctx, rows)
	if err != nil {
		return nil, err
	}
	s := &search{rows: matrix.Selection{Float32: rows, Rows: equal.firsts}, Options: o}
	if prints != nil && o.Bound == 0 {
		if err := s.takePrints(ctx, prints, equal.firsts); err != nil {
			return nil, err
		}
	}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	groups, err := s.groups(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Bound: s.bound, Groups: equal.all(groups)}
	switch {
	case o.Bound > 0:
	case prints == nil:
		r.Blind = len(equal.firsts)
	default:
		for _, missing := range s.noPrint {
			if missing {
				r.Blind++
			}
		}
	}
	if s.pictured != nil {
		r.Whole, r.Sketches = s.whole, make([]Sketch, rows.Len())
		for i, sketch := range s.pictured {
			r.Sketches[equal.firsts[i]] = Sketch(sketch)
		}
	}
	for _, p := range s.pairs {
		p.A, p.B = equal.firsts[p.A], equal.firsts[p.B]
		if p.Apart <= 1 {
			r.Pairs = append(r.Pairs, p)
		} else {
			r.Beyond = append(r.Beyond, p)
		}
	}
	for _, same := range equal.more {
		for _, row := range same[1:] {
			r.Pairs = append(r.Pairs, Pair{A: same[0], B: row, Similarity: 1})
		}
	}
	for _, pairs := range [][]Pair{r.Pairs, r.Beyond} {
		slices.SortFunc(pairs, nearestFirst)
	}
	r.Beyond = r.Beyond[:min(maxBeyond, len(r.Beyond))]
	return r, nil
}

func nearestFirst(p, q Pair) int {
	return cmp.Or(cmp.Compare(p.Apart, q.Apart), cmp.Compare(p.A, q.A), cmp.Compare(p.B, q.B))
}

// equalRows are rows by their values.
type equalRows struct {
	firsts []int   // the first row of each value
	more   [][]int // rows of one value where there are several
}

// distinct sorts out rows that are equal to the last bit.
func distinct(ctx context.Context, rows matrix.Float32) (*equalRows, error) {
	e := &equalRows{}
	seen := make(map[[sha256.Size]byte]int, rows.Len()) // where in more, or ^first
	var bytes []byte
	for i := range rows.Len() {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		bytes = bytes[:0]
		for _, v := range rows.Row(i) {
			bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v))
		}
		digest := sha256.Sum256(bytes)
		at, ok := seen[digest]
		switch {
		case !ok:
			seen[digest] = ^i
			e.firsts = append(e.firsts, i)
		case at < 0:
			seen[digest] = len(e.more)
			e.more = append(e.more, []int{^at, i})
		default:
			e.more[at] = append(e.more[at], i)
		}
	}
	return e, nil
}

// all returns groups of firsts, and of equal rows, as groups of rows.
func (e *equalRows) all(groups [][]int) [][]int {
	more := make(map[int][]int, len(e.more)) // by first
	for _, same := range e.more {
		more[same[0]] = same
	}
	var all [][]int
	for _, group := range groups {
		var rows []int
		for _, i := range group {
			first := e.firsts[i]
			if same := more[first]; same != nil {
				rows = append(rows, same...)
				delete(more, first)
			} else {
				rows = append(rows, first)
			}
		}
		slices.Sort(rows)
		all = append(all, rows)
	}
	for _, same := range more {
		all = append(all, same)
	}
	slices.SortFunc(all, func(a, b []int) int { return a[0] - b[0] })
	return all
}
