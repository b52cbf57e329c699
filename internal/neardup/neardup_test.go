package neardup

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// rowsOf holds the rows of a test.
type rowsOf [][]float32

func (m rowsOf) Len() int            { return len(m) }
func (m rowsOf) Dim() int            { return len(m[0]) }
func (m rowsOf) Row(i int) []float32 { return m[i] }

// none skips no pair.
func none(int, int) bool { return false }

func allPairs(t *testing.T, m rowsOf, within float64) (all [][2]int) {
	t.Helper()
	if err := pairs(t.Context(), m, within, none, func(i, j int) { all = append(all, [2]int{i, j}) }); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	return all
}

// someRows makes rows, some of which are others with a little noise, stretched.
func someRows(r *rand.Rand, n, dim int, noise float64) rowsOf {
	m := make(rowsOf, n)
	for i := range m {
		m[i] = make([]float32, dim)
		stretch, original := float32(1), []float32(nil)
		if i > 0 && r.IntN(2) == 0 {
			original, stretch = m[r.IntN(i)], 1+r.Float32()
		}
		for d := range dim {
			if original == nil {
				m[i][d] = r.Float32()
			} else {
				m[i][d] = (original[d] + float32(noise*r.NormFloat64())) * stretch
			}
		}
	}
	return m
}

func TestTheSamePairsAsByComparingAll(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		dim := 2 + r.IntN(30)
		m := someRows(r, 80, dim, 3e-4*r.Float64())
		var want [][2]int
		for i := range m {
			for j := i + 1; j < len(m); j++ {
				if near(m[i], m[j], 1/length(m[i]), 1/length(m[j]), 1e-3) {
					want = append(want, [2]int{i, j})
				}
			}
		}
		if got := allPairs(t, m, 1e-3); !slices.Equal(got, want) {
			t.Fatalf("%d pairs, want %d", len(got), len(want))
		}
	}
}

func TestManyEqualRowsAreEachFoundOnce(t *testing.T) {
	m := rowsOf{{0, 0}, {1, 2}}
	for range 1000 {
		m = append(m, []float32{0, 0})
	}
	got := allPairs(t, m, 1e-3)
	if len(got) != 1000 || got[0] != [2]int{0, 2} {
		t.Errorf("%d pairs, the first %v", len(got), got[0])
	}
}

func TestGroupsJoinChains(t *testing.T) {
	m := rowsOf{{1, 0}, {0, 1}, {1, 8e-4}, {-1, 0}, {1, 16e-4}, {0, 2}}
	got, err := Groups(t.Context(), m, 1e-3)
	if err != nil || len(got) != 2 || !slices.Equal(got[0], []int{0, 2, 4}) || !slices.Equal(got[1], []int{1, 5}) {
		t.Errorf("groups %v", got)
	}
}

func TestTheSearchEndsWithItsContext(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	m := someRows(rand.New(rand.NewPCG(7, 8)), 1000, 8, 0)
	found := 0
	err := pairs(ctx, m, 1e-3, none, func(int, int) {
		found++
		cancel(enough)
	})
	if err != enough || found == 0 || found > 3 {
		t.Errorf("%v, after %d pairs", err, found)
	}
	if _, err := Groups(ctx, m, 1e-3); err != enough {
		t.Errorf("groups: %v", err)
	}
}

// crowd is rows that are all near each other and all different.
func crowd(n, dim int) rowsOf {
	r := rand.New(rand.NewPCG(9, 10))
	m := make(rowsOf, n)
	for i := range m {
		m[i] = make([]float32, dim)
		for d := range m[i] {
			m[i][d] = 1 + 1e-4*r.Float32()
		}
	}
	return m
}

func TestACrowdTakesMemoryByItsRows(t *testing.T) {
	const n = 3000
	m := crowd(n, 16)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	groups, err := Groups(t.Context(), m, 1e-3)
	runtime.ReadMemStats(&after)
	if err != nil || len(groups) != 1 || len(groups[0]) != n {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 1000*n { // 4.5 million pairs
		t.Errorf("%d bytes for %d rows", took, n)
	}
}

func BenchmarkGroups(b *testing.B) {
	for _, n := range []int{5_000, 10_000, 20_000, 40_000} {
		for name, m := range map[string]rowsOf{
			"some": someRows(rand.New(rand.NewPCG(5, 6)), n, 1280, 1e-4), "all": crowd(n, 1280),
		} {
			b.Run(fmt.Sprintf("%s/rows=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Groups(b.Context(), m, 1e-3); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// stopping ends a context while its rows are read.
type stopping struct {
	matrix.Float32
	at   int
	stop func()
}

func (s stopping) Row(i int) []float32 {
	if i == s.at {
		s.stop()
	}
	return s.Float32.Row(i)
}

func TestPairsEndWithTheirContext(t *testing.T) {
	enough := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	equal := slices.Repeat([][]float32{{1, 2}}, 10)
	found := 0
	err := pairs(ctx, stopping{rowsOf(equal), 4, func() { stop(enough) }}, 0.1, none, func(int, int) { found++ })
	if err != enough || found != 4 {
		t.Errorf("%v, after %d pairs", err, found)
	}
}
