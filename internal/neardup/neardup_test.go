package neardup

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// picture is what a print is made of: a smooth scene, seen in a frame.
type picture struct{ waves [12][4]float64 }

func newPicture(r *rand.Rand) (p picture) {
	for i := range p.waves {
		p.waves[i] = [4]float64{r.NormFloat64(), r.NormFloat64(), 7 * r.Float64(), 14 + 10*r.Float64()}
	}
	return p
}

// print is the part of a picture from x, y that is size wide and high, where the
// whole is 1.
func (p picture) print(x, y, size, brightness float64, flipped bool) []byte {
	grey := make([]byte, area)
	for i := range grey {
		u, v := x+size*(float64(i%Side)+0.5)/Side, y+size*(float64(i/Side)+0.5)/Side
		if flipped {
			u = 1 - u
		}
		sum := 128.0
		for _, w := range p.waves {
			sum += w[3] * math.Sin(2*math.Pi*(w[0]*u+w[1]*v)+w[2])
		}
		grey[i] = byte(min(255, max(0, sum*brightness)))
	}
	return grey
}

// set is images to be found among.
type set struct {
	rows   matrix.Dense
	prints [][]byte
}

func (s *set) find(t *testing.T, o Options) *Result {
	t.Helper()
	r, err := Find(t.Context(), s.rows, s.print, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *set) print(_ context.Context, rows []int) ([][]byte, error) {
	var some [][]byte
	for _, i := range rows {
		some = append(some, s.prints[i])
	}
	return some, nil
}

const setDim = 64

// add appends an image whose embedding is another row, with noise, or a new one.
func (s *set) add(r *rand.Rand, like int, noise float64, print []byte) int {
	s.rows.Cols = setDim
	row := make([]float32, setDim)
	for d := range row {
		if like < 0 {
			row[d] = float32(max(0, r.NormFloat64()))
		} else {
			row[d] = s.rows.Row(like)[d] + float32(noise*r.NormFloat64())
		}
	}
	s.rows.Data = append(s.rows.Data, row...)
	s.prints = append(s.prints, print)
	return s.rows.Len() - 1
}

// photos are n images that have nothing in common.
func photos(r *rand.Rand, n int) (*set, []picture) {
	s, pictures := &set{}, make([]picture, n)
	for i := range n {
		pictures[i] = newPicture(r)
		s.add(r, -1, 0, pictures[i].print(0, 0, 1, 1, false))
	}
	return s, pictures
}

func TestCopiesAreFoundAmongPhotos(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 5, 30, 200} {
		s, pictures := photos(r, n)
		saved := s.add(r, 0, 0.02, pictures[0].print(0, 0, 1, 1, false))
		for i := range s.prints[saved] {
			s.prints[saved][i] = byte(min(255, int(s.prints[saved][i])+r.IntN(3)))
		}
		dark := s.add(r, 0, 0.02, pictures[0].print(0, 0, 1, 0.9, false))
		crop := s.add(r, 0, 0.1, pictures[0].print(0.05, 0, 0.95, 1, false))
		mirrored := s.add(r, 0, 0.6, pictures[0].print(0, 0, 1, 1, true))
		got := s.find(t, Options{})
		if want := [][]int{{0, saved, dark, crop}}; !reflect.DeepEqual(got.Groups, want) {
			t.Errorf("%d photos: groups %v, want %v", n, got.Groups, want)
		}
		for i, p := range got.Pairs {
			if p.A >= p.B || p.Apart > 1 || i > 0 && p.Apart < got.Pairs[i-1].Apart || p.Distance <= 0 || p.Similarity < 0.9 {
				t.Errorf("pair %+v", p)
			}
		}
		flipped := s.find(t, Options{Flipped: true})
		if want := [][]int{{0, saved, dark, crop, mirrored}}; !reflect.DeepEqual(flipped.Groups, want) {
			t.Errorf("%d photos, flipped: groups %v, want %v", n, flipped.Groups, want)
		}
	}
}

func TestThingsThatLookAlikeAreNoCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	s, part := &set{}, newPicture(r)
	for i := range 60 { // a part of one kind, a little different each
		p := part
		for w := range p.waves {
			p.waves[w][2] += 0.1 * r.NormFloat64()
		}
		s.add(r, min(0, i-1), 0.1, p.print(0, 0, 1, 1, false))
	}
	if got := s.find(t, Options{}); len(got.Groups) > 0 {
		t.Errorf("groups %v", got.Groups)
	}
	copied := s.add(r, 7, 0.01, slices.Clone(s.prints[7]))
	if got := s.find(t, Options{}); len(got.Groups) != 1 || !slices.Equal(got.Groups[0], []int{7, copied}) {
		t.Errorf("groups %v, want 7 and its copy", got.Groups)
	}
}

func TestOneImageMayHaveManyCopies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	s, pictures := photos(r, 30)
	want := []int{4}
	for range 300 {
		print := pictures[4].print(0, 0, 1, 1, false)
		for at := range print {
			print[at] += byte(r.IntN(2))
		}
		want = append(want, s.add(r, 4, 0.02, print))
	}
	got := s.find(t, Options{})
	if len(got.Groups) != 1 || !slices.Equal(got.Groups[0], want) {
		t.Errorf("%d groups, the first of %d", len(got.Groups), len(got.Groups[0]))
	}
	if len(got.Pairs) > maxHits*s.rows.Len() {
		t.Errorf("%d pairs", len(got.Pairs))
	}
}

// TestNearlyAllImagesMayBeOnePicture has a placeholder that was saved many times.
func TestNearlyAllImagesMayBeOnePicture(t *testing.T) {
	for _, c := range []struct{ copies, others int }{{20, 0}, {60, 1}, {200, 10}} {
		for _, noise := range []int{1, 2} { // of prints: none, and of one level
			r := rand.New(rand.NewPCG(9, 9))
			s, _ := photos(r, c.others)
			scene := newPicture(r)
			var want []int
			for range c.copies {
				print := scene.print(0, 0, 1, 1, false)
				for at := range print {
					print[at] = max(print[at], 1) - byte(r.IntN(noise))
				}
				like := -1
				if len(want) > 0 {
					like = want[0]
				}
				want = append(want, s.add(r, like, 0.02, print))
			}
			if got := s.find(t, Options{}); len(got.Groups) != 1 || !slices.Equal(got.Groups[0], want) {
				t.Errorf("%d copies among %d others: %d groups", c.copies, c.others, len(got.Groups))
			}
		}
	}
}

func TestEqualRowsAreNotComparedWithEachOther(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	s, _ := photos(r, 10)
	const copies = 20_000
	for range copies {
		s.rows.Data = append(s.rows.Data, s.rows.Row(3)...)
		s.prints = append(s.prints, s.prints[3])
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := s.find(t, Options{})
	runtime.ReadMemStats(&after)
	if len(got.Groups) != 1 || len(got.Groups[0]) != copies+1 || len(got.Pairs) != copies {
		t.Errorf("%d groups, %d pairs", len(got.Groups), len(got.Pairs))
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 2000*copies {
		t.Errorf("%d bytes for %d rows", took, copies)
	}
}

// A film: each picture is a copy of the last but for a little.
func TestChainsEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	s, _ := photos(r, 60)
	scene := newPicture(r)
	const from, to = 60, 115
	for range to - from {
		for w := range scene.waves {
			scene.waves[w][2] += 0.1
		}
		s.add(r, -1, 0, scene.print(0, 0, 1, 1, false))
	}
	got := s.find(t, Options{})
	if len(got.Pairs) < to-from-1 {
		t.Fatalf("only %d pairs: no chain", len(got.Pairs))
	}
	if len(got.Groups) < 4 {
		t.Fatalf("%d groups of a chain", len(got.Groups))
	}
	for _, group := range got.Groups {
		widest := group[len(group)-1] - group[0]
		if group[0] < from || widest > 20 {
			t.Errorf("group %v", group)
		}
	}
}

func TestWithoutPrintsEmbeddingsTell(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	s, _ := photos(r, 100)
	near := s.add(r, 5, 0.01, nil)
	s.add(r, 6, 1, nil)
	s.prints[5] = nil
	got := s.find(t, Options{})
	if len(got.Groups) != 1 || !slices.Equal(got.Groups[0], []int{5, near}) || got.Blind != 3 || got.Pairs[0].Distance > got.Bound {
		t.Errorf("groups %v, %d blind, bound %g", got.Groups, got.Blind, got.Bound)
	}
	all, err := Find(t.Context(), s.rows, nil, Options{})
	if err != nil || !reflect.DeepEqual(all.Groups, got.Groups) || all.Blind != s.rows.Len() {
		t.Errorf("without any prints: groups %v, %d blind, %v", all.Groups, all.Blind, err)
	}
}

func TestABoundOfOnesOwn(t *testing.T) {
	m := matrix.Dense{Data: []float32{1, 0, 0, 1, 1, 0.1, -1, 0, 1, 0.3, 0, 2}, Cols: 2}
	unasked := func(context.Context, []int) ([][]byte, error) { panic("prints were asked for") }
	got, err := Find(t.Context(), m, unasked, Options{Bound: 0.15})
	if err != nil || !reflect.DeepEqual(got.Groups, [][]int{{0, 2}, {1, 5}}) || got.Bound != 0.15 || got.Blind != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if len(got.Beyond) != 1 || got.Beyond[0].A != 2 || got.Beyond[0].B != 4 || math.Abs(got.Beyond[0].Distance-0.191) > 0.001 {
		t.Errorf("beyond the bound: %+v", got.Beyond)
	}
}

func TestFewRows(t *testing.T) {
	for _, m := range []matrix.Dense{matrix.New(0, 3), matrix.New(1, 1), matrix.New(2, 1), {Data: []float32{1, -1, 2}, Cols: 1}, matrix.New(3, 700)} {
		for _, prints := range []Prints{nil, func(_ context.Context, rows []int) ([][]byte, error) {
			return slices.Repeat([][]byte{make([]byte, area)}, len(rows)), nil // all black
		}} {
			for _, o := range []Options{{}, {Flipped: true}, {Bound: 0.1}} {
				if _, err := Find(t.Context(), m, prints, o); err != nil {
					t.Errorf("%d rows of %d: %v", m.Len(), m.Dim(), err)
				}
			}
		}
	}
}

func TestTheSameForAnyNumberOfWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	s, pictures := photos(r, 150)
	for i := range 60 {
		s.add(r, i, 0.05, pictures[i].print(0.05*r.Float64(), 0.05*r.Float64(), 0.95, 1, i%3 == 0))
	}
	var first *Result
	for _, workers := range []int{1, 2, 7} {
		got := s.find(t, Options{Flipped: true, Workers: workers})
		if first == nil {
			first = got
		}
		if len(got.Pairs) < 30 || !reflect.DeepEqual(got, first) {
			t.Errorf("%d workers: %d pairs, not the same as for one", workers, len(got.Pairs))
		}
	}
}

func TestTheSearchEndsWithItsContext(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	s, _ := photos(r, 50)
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancelling := func(ctx context.Context, rows []int) ([][]byte, error) {
		cancel(enough)
		return s.print(ctx, rows)
	}
	if _, err := Find(ctx, s.rows, cancelling, Options{}); err != enough {
		t.Errorf("ended while it searched: %v", err)
	}
	if _, err := Find(ctx, s.rows, nil, Options{}); err != enough {
		t.Errorf("ended before: %v", err)
	}
}

func TestPrintsThatFailEndTheSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 10))
	s, _ := photos(r, 3)
	broken := errors.New("broken")
	if _, err := Find(t.Context(), s.rows, func(context.Context, []int) ([][]byte, error) { return nil, broken }, Options{}); err != broken {
		t.Errorf("%v", err)
	}
}

// Sketches differ in as many bits as the angle says.
func TestSketchesTellAngles(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	for _, dim := range []int{1, 2, 3, 64, 1280} {
		sk := newSketcher(dim)
		buffer := sk.newBuffer()
		for range 20 {
			a, b := make([]float32, dim), make([]float32, dim)
			for d := range dim {
				a[d] = float32(r.NormFloat64())
				b[d] = a[d] + float32(r.NormFloat64()*0.5)
			}
			m := matrix.Dense{Data: slices.Concat(a, b), Cols: dim}
			s := &search{rows: m, length: []float64{length(a), length(b)}}
			d := s.embeddingDistance(0, 1)
			x, y := sk.sketch(a, buffer), sk.sketch(b, buffer)
			hits := likest(x, []sketch{y}, 1)
			want := sketchBits * math.Acos(1-d*d/2) / math.Pi
			if off := math.Abs(float64(hits[0].differ) - want); off > 60 || int(hits[0].differ) > differing(d)[2] {
				t.Errorf("%d values %.2f apart: %d bits differ, want about %.0f", dim, d, hits[0].differ, want)
			}
		}
	}
}

// A crop too small to be found by prints, and pictures in other colours, are near
// each other by their embeddings; a few things that look alike among many photos are
// too, but so are they all.
func TestEmbeddingsTellWhatPrintsDoNot(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 12))
	s, pictures := photos(r, 200)
	half := s.add(r, 3, 0.2, pictures[3].print(0.2, 0, 0.5, 1, false))
	kind := s.rows.Len()
	for i := range 8 {
		s.add(r, []int{-1, kind}[min(1, i)], 0.15, newPicture(r).print(0, 0, 1, 1, false))
	}
	got := s.find(t, Options{})
	if len(got.Groups) != 1 || !slices.Equal(got.Groups[0], []int{3, half}) || got.Pairs[0].Distance > got.Bound {
		t.Errorf("groups %v, pairs %+v, bound %g", got.Groups, got.Pairs, got.Bound)
	}
}

// A chain is cut, but never between copies: each picture of the film was saved again,
// once as it was and once a little brighter.
func TestCopiesStayTogetherWhereChainsEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	s, _ := photos(r, 60)
	scene := newPicture(r)
	copies := map[int][]int{}
	for range 40 {
		for w := range scene.waves {
			scene.waves[w][2] += 0.1
		}
		frame := s.add(r, -1, 0, scene.print(0, 0, 1, 1, false))
		saved := scene.print(0, 0, 1, 1, false)
		for at := range saved {
			saved[at] = byte(min(255, int(saved[at])+r.IntN(3)))
		}
		copies[frame] = []int{s.add(r, frame, 0.3, saved), s.add(r, frame, 0.3, scene.print(0, 0, 1, 1.1, false))}
	}
	got := s.find(t, Options{})
	if len(got.Groups) < 3 {
		t.Fatalf("%d groups of a chain", len(got.Groups))
	}
	of := map[int]int{}
	for n, group := range got.Groups {
		for _, i := range group {
			of[i] = n + 1
		}
	}
	for frame, saved := range copies {
		if of[frame] == 0 || of[frame] != of[saved[0]] || of[frame] != of[saved[1]] {
			t.Errorf("%d is in group %d, its copies %v in %d and %d", frame, of[frame], saved, of[saved[0]], of[saved[1]])
		}
	}
}

// An image that is near one of a group, but far from its centre, is not left alone.
func TestWhereChainsEndNoneIsLeftAlone(t *testing.T) {
	const bound = 0.05
	for _, test := range []struct {
		at   []float64 // on a circle, in bounds
		want [][]int
	}{
		{[]float64{0, 0.01, 0.02, 0.8, 1.7}, [][]int{{0, 1, 2, 3, 4}}},
		{[]float64{0, 0.01, 0.02, 0.8, 1.7, 2.5}, [][]int{{0, 1, 2, 3}, {4, 5}}},
		{[]float64{0, 0.01, 0.02, 0.8, 1.81}, [][]int{{0, 1, 2, 3}}},
	} {
		var m matrix.Dense
		m.Cols = 2
		for _, at := range test.at {
			m.Data = append(m.Data, float32(math.Cos(at*bound)), float32(math.Sin(at*bound)))
		}
		if got, err := Find(t.Context(), m, nil, Options{Bound: bound}); err != nil || !reflect.DeepEqual(got.Groups, test.want) {
			t.Errorf("at %v: groups %v, want %v, %v", test.at, got.Groups, test.want, err)
		}
	}
}

// The print of a sheet of fine cloth is all but of one grey: rounding alone takes
// copies far apart.
func TestCopiesOfAFlatPictureAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 14))
	s, _ := photos(r, 60)
	levels := make([]float64, area)
	for i := range levels {
		levels[i] = 200 + 0.8*r.NormFloat64()
	}
	var want []int
	for n := range 6 {
		print := make([]byte, area)
		for i, v := range levels {
			print[i] = byte(v*(1-0.02*float64(n)) + 0.5) // levels are rounded differently at each brightness
		}
		like := -1
		if n > 0 {
			like = want[0]
		}
		want = append(want, s.add(r, like, 0.15, print))
	}
	got := s.find(t, Options{})
	if len(got.Groups) != 1 || !slices.Equal(got.Groups[0], want) {
		t.Errorf("groups %v, want %v", got.Groups, want)
	}
}

// Half of a set is of one kind, which makes bounds narrow; the crop of a picture that
// nothing else looks like is found all the same, but nothing of the kind.
func TestCropsAreFoundBesideThingsThatLookAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 15))
	s, pictures := photos(r, 60)
	part := newPicture(r)
	for i := range 60 {
		p := part
		for w := range p.waves {
			p.waves[w][2] += 0.25 * r.NormFloat64()
		}
		s.add(r, []int{-1, 60}[min(1, i)], 0.1, p.print(0, 0, 1, 1, false))
	}
	var want [][]int
	for i := range 5 {
		crop := pictures[i].print(0.03, 0.02, 0.95, 1, false)
		for at := range crop {
			crop[at] = byte(min(255, int(crop[at])+r.IntN(24)))
		}
		want = append(want, []int{i, s.add(r, i, 0.2, crop)})
	}
	if got := s.find(t, Options{}); !reflect.DeepEqual(got.Groups, want) {
		t.Errorf("groups %v, want %v", got.Groups, want)
	}
}
