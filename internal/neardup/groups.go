package neardup

import (
	"context"
	"slices"
)

// groups joins pairs to groups, the nearest pair first, so that chains end: all of a
// group are within one and a half bounds of one of them, its leader. A pair joins
// two groups if all of the smaller are that near to the leader of the larger (of
// two of one size, the leader with more pairs leads); otherwise the two stay apart.
// So A may be a copy of B and B of C where A and C differ a little more than copies
// do, but a film whose every picture is like the next is not one group.
func (s *search) groups(ctx context.Context) ([][]int, error) {
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
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		large, small := get(p.A), get(p.B)
		if large == small {
			continue
		}
		if len(large.members) < len(small.members) ||
			len(large.members) == len(small.members) && degree[large.leader] < degree[small.leader] {
			large, small = small, large
		}
		far := func(i int) bool { return ctx.Err() != nil || s.apart(&w, large.leader, i) > chain }
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
	return all, nil
}

// group is rows that show one picture.
type group struct {
	leader  int
	members []int
}
