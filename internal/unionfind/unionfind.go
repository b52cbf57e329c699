// Package unionfind keeps disjoint sets of the numbers below n.
package unionfind

// Sets are disjoint sets of numbers, at first one for each (union by size, with
// path halving: Tarjan and van Leeuwen, 1984).
type Sets struct {
	parent []int
	size   []int
}

// New returns n sets, one for each number below n.
func New(n int) *Sets {
	s := &Sets{make([]int, n), make([]int, n)}
	for i := range n {
		s.parent[i], s.size[i] = i, 1
	}
	return s
}

// Find returns the number that stands for the set of i.
func (s *Sets) Find(i int) int {
	for s.parent[i] != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = s.parent[i]
	}
	return i
}

// Join makes one set of those of i and j.
func (s *Sets) Join(i, j int) {
	a, b := s.Find(i), s.Find(j)
	if a == b {
		return
	}
	if s.size[a] < s.size[b] {
		a, b = b, a
	}
	s.parent[b] = a
	s.size[a] += s.size[b]
}
