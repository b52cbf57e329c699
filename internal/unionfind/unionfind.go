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

// All returns the numbers of each set in ascending order, and the sets in the
// order of their first.
func (s *Sets) All() [][]int {
	var all [][]int
	at := make([]int, len(s.parent)) // for the number that stands for a set: where it is in all, plus 1
	for i := range s.parent {
		root := s.Find(i)
		if at[root] == 0 {
			all = append(all, nil)
			at[root] = len(all)
		}
		all[at[root]-1] = append(all[at[root]-1], i)
	}
	return all
}
