package neardup

import (
	"context"
	"maps"
	"math"
	"slices"
)

// groups joins pairs to groups in three steps.
//
// First, pairs that are surely copies are joined to cores, whatever else these are
// like: a core is never parted. A film whose every picture differs from the next by
// less than copies do is one core.
//
// Then cores are joined to groups, the nearest pair first, so that chains end: all
// cores of a group are within one and a half bounds of one of them, its centre. A pair
// that would make a wider group joins none. So A may be a copy of B and B of C where A
// and C differ a little more than copies do, but a film of larger steps is not one
// group.
//
// Last, a core that is left alone goes to the group of the nearest image, and takes
// no others there.
func (s *search) groups(ctx context.Context) ([][]int, error) {
	pairs := slices.DeleteFunc(slices.Clone(s.pairs), func(p Pair) bool { return p.Apart > 1 })
	slices.SortFunc(pairs, nearestFirst)
	g := s.grouping(joined(s.rows.Len(), pairs, s.surelyCopies))
	for _, p := range pairs {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		g.join(p)
	}
	alone := map[int]bool{} // cores
	for _, p := range pairs {
		for _, c := range []int{g.core[p.A], g.core[p.B]} {
			alone[c] = len(g.at(c).cores) == 1
		}
	}
	for _, p := range pairs {
		a, b := g.core[p.A], g.core[p.B]
		if alone[a] {
			a, b = b, a
		}
		if alone[b] && !alone[a] {
			g.of[b], alone[b] = g.of[a], false
		}
	}
	members := map[*group][]int{}
	for row, c := range g.core {
		if in := g.of[c]; in != nil {
			members[in] = append(members[in], row)
		}
	}
	all := slices.SortedFunc(maps.Values(members), func(a, b []int) int { return a[0] - b[0] })
	return slices.DeleteFunc(all, func(rows []int) bool { return len(rows) < 2 }), nil
}

// grouping is cores on their way into groups. A core is known by one of its rows.
type grouping struct {
	*search
	worker worker
	core   []int           // by row
	of     map[int]*group  // by core
	near   map[[2]int]bool // cores, one of which has an image within chain of one of the other
}

// group is cores that show one picture.
type group struct {
	centre int
	cores  []int
}

func (s *search) grouping(core []int) *grouping {
	g := &grouping{search: s, core: core, of: map[int]*group{}, near: map[[2]int]bool{}}
	for _, p := range s.pairs {
		a, b := core[p.A], core[p.B]
		g.near[[2]int{a, b}], g.near[[2]int{b, a}] = true, true
	}
	return g
}

// at returns the group of a core.
func (g *grouping) at(core int) *group {
	if g.of[core] == nil {
		g.of[core] = &group{centre: core, cores: []int{core}}
	}
	return g.of[core]
}

// join joins the groups of a pair, unless they are too wide together.
func (g *grouping) join(p Pair) {
	a, b := g.at(g.core[p.A]), g.at(g.core[p.B])
	if a == b {
		return
	}
	if len(a.cores) < len(b.cores) {
		a, b = b, a
	}
	for _, c := range []int{a.centre, b.centre, g.core[p.A], g.core[p.B]} {
		if !g.isCentre(c, b) || !g.isCentre(c, a) {
			continue
		}
		a.centre, a.cores = c, append(a.cores, b.cores...)
		for _, moved := range b.cores {
			g.of[moved] = a
		}
		return
	}
}

// isCentre tells whether all cores of a group are near c.
func (g *grouping) isCentre(c int, of *group) bool {
	return c == of.centre || !slices.ContainsFunc(of.cores, func(other int) bool {
		return c != other && !g.near[[2]int{c, other}] && g.apart(&g.worker, c, other) > chain
	})
}

// surelyCopies tells whether the images of a pair are surely one picture: if their
// whole prints are far within the bound, or differ by no more than saving again does.
func (s *search) surelyCopies(p Pair) bool {
	a, b := s.print(p.A), s.print(p.B)
	if p.Apart > 1 || a == nil || b == nil {
		return false
	}
	if p.Flipped {
		a = a.mirrored(make([]byte, area))
	}
	d := distance(similarity(a, b))
	return d <= sure*s.whole || d*math.Sqrt(a.spread*b.spread)/Side <= resaved
}
