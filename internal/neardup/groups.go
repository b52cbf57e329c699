package neardup

import "slices"

// groups joins pairs to groups, the nearest pair first, so that chains end: every
// member of a group is within one and a half bounds of one of them, its leader. Two groups
// are joined by a pair if all members of the smaller are within one and a half bounds of the
// leader of the larger; otherwise the pair stays apart. So A may be a copy of B and
// B of C where A and C differ a little more than copies do, but a film whose every
// picture is like the next does not become one group. (A group's first leader is
// the row of its nearest pair that has more pairs.)
func (s *search) groups() [][]int {
	pairs := slices.DeleteFunc(slices.Clone(s.pairs), func(p Pair) bool { return p.Apart > 1 })
	slices.SortFunc(pairs, nearestFirst)
	degree := map[int]int{}
	for _, p := range pairs {
		degree[p.A]++
		degree[p.B]++
	}
	of := map[int]*group{} // by row
	get := func(i int) *group {
		if of[i] == nil {
			of[i] = &group{leader: i, members: []int{i}}
		}
		return of[i]
	}
	var w worker
	for _, p := range pairs {
		large, small := get(p.A), get(p.B)
		if large == small {
			continue
		}
		if len(large.members) < len(small.members) ||
			len(large.members) == len(small.members) && degree[large.leader] < degree[small.leader] {
			large, small = small, large
		}
		far := func(i int) bool { return s.apart(&w, large.leader, i) > chain }
		if slices.ContainsFunc(small.members, far) {
			continue
		}
		large.members = append(large.members, small.members...)
		for _, i := range small.members {
			of[i] = large
		}
	}
	var all [][]int
	for i, g := range of {
		if i == g.leader && len(g.members) > 1 {
			slices.Sort(g.members)
			all = append(all, g.members)
		}
	}
	slices.SortFunc(all, func(a, b []int) int { return a[0] - b[0] })
	return all
}

// group is rows that show one picture.
type group struct {
	leader  int
	members []int
}
