package unionfind

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// TestSetsAreThoseOfRepainting joins at random and compares with numbers that are
// all painted anew for each join.
func TestSetsAreThoseOfRepainting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 200
	s, colour := New(n), make([]int, n)
	for i := range colour {
		colour[i] = i
	}
	for range n {
		i, j := r.IntN(n), r.IntN(n)
		s.Join(i, j)
		from, to := colour[i], colour[j]
		for k := range colour {
			if colour[k] == from {
				colour[k] = to
			}
		}
		a, b := r.IntN(n), r.IntN(n)
		if (s.Find(a) == s.Find(b)) != (colour[a] == colour[b]) {
			t.Fatalf("%d and %d", a, b)
		}
	}
	var want [][]int
	for i := range n {
		if slices.Index(colour, colour[i]) < i {
			continue
		}
		var set []int
		for k := i; k < n; k++ {
			if colour[k] == colour[i] {
				set = append(set, k)
			}
		}
		want = append(want, set)
	}
	if got := s.All(); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
