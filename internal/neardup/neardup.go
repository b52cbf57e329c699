// Package near finds vectors that are all but equal among many.
package neardup

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

// Rows is a matrix that is read a row at a time.
type Rows interface {
	Len() int
	Dim() int
	Row(i int) []float32
}

// Groups returns the rows that Pairs joins, directly or by way of others: each
// group, and the groups, in the order of rows. When ctx is done it returns ctx's
// cause.
func Groups(ctx context.Context, rows Rows, within float64) ([][]int, error) {
	paired := map[int][]int{}
	if err := Pairs(ctx, rows, within, func(i, j int) {
		paired[i], paired[j] = append(paired[i], j), append(paired[j], i)
	}); err != nil {
		return nil, err
	}
	var groups [][]int
	seen := map[int]bool{}
	for _, first := range slices.Sorted(maps.Keys(paired)) {
		if seen[first] {
			continue
		}
		seen[first] = true
		group := []int{first}
		for at := 0; at < len(group); at++ {
			for _, next := range paired[group[at]] {
				if !seen[next] {
					seen[next] = true
					group = append(group, next)
				}
			}
		}
		slices.Sort(group)
		groups = append(groups, group)
	}
	return groups, nil
}

// axes is how many directions rows are projected on, to make cells of.
const axes = 4

type cell [axes]int32

// Pairs calls found for pairs i < j of rows whose directions differ by at most
// within: the Euclidean distance of the rows, scaled to length 1. Every row
// that has another so near is in a pair; of rows that are equal to the last
// bit, only the first is compared with the others. When ctx is done it returns
// ctx's cause.
//
// A projection on a unit vector takes no two points further apart. So rows are
// sorted into cells of the side within by their projections on a few random
// directions, and compared with those in the cells around their own: time and
// memory grow with the number of rows, not with its square.
func Pairs(ctx context.Context, rows Rows, within float64, found func(i, j int)) error {
	directions := randomDirections(rows.Dim())
	cells := make(map[cell][]int32, rows.Len())
	scales := make([]float64, rows.Len())
	for j := range rows.Len() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row := rows.Row(j)
		scales[j] = 1 / length(row)
		at := cellOf(row, scales[j], directions, within*(1+1e-6)) // rounding must not part neighbours
		equal := slices.IndexFunc(cells[at], func(i int32) bool { return slices.Equal(rows.Row(int(i)), row) })
		if equal >= 0 {
			found(int(cells[at][equal]), j)
			continue
		}
		around(at, func(c cell) {
			for _, i := range cells[c] {
				if near(rows.Row(int(i)), row, scales[i], scales[j], within) {
					found(int(i), j)
				}
			}
		})
		cells[at] = append(cells[at], int32(j))
	}
	return nil
}

// randomDirections are unit vectors, always the same.
func randomDirections(dim int) [axes][]float64 {
	r := rand.New(rand.NewPCG(1, 2))
	var directions [axes][]float64
	for a := range directions {
		direction := make([]float64, dim)
		var sum float64
		for d := range direction {
			direction[d] = r.NormFloat64()
			sum += direction[d] * direction[d]
		}
		for d := range direction {
			direction[d] /= math.Sqrt(sum)
		}
		directions[a] = direction
	}
	return directions
}

func cellOf(row []float32, scale float64, directions [axes][]float64, side float64) cell {
	var c cell
	for a, direction := range directions {
		var sum float64
		for d, v := range row {
			sum += float64(v) * direction[d]
		}
		c[a] = int32(math.Floor(sum * scale / side))
	}
	return c
}

// around visits a cell and those that touch it.
func around(c cell, visit func(cell)) {
	const each = 3 // one less, the same, one more
	for n := range each * each * each * each {
		neighbour := c
		for a := range neighbour {
			neighbour[a] += int32(n%each) - 1
			n /= each
		}
		visit(neighbour)
	}
}

// length returns a row's Euclidean norm, or 1 for a row of zeros.
func length(row []float32) float64 {
	var sum float64
	for _, v := range row {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		return 1
	}
	return math.Sqrt(sum)
}

// near tells whether two rows, scaled, are within a distance of each other.
func near(a, b []float32, scaleA, scaleB, within float64) bool {
	var sum float64
	for d := range a {
		difference := float64(a[d])*scaleA - float64(b[d])*scaleB
		if sum += difference * difference; sum > within*within {
			return false
		}
	}
	return true
}
