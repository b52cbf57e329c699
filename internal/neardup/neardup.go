// Package neardup finds vectors that are all but equal among many.
package neardup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/matrix"
	"github.com/digitalinnovationone/headstart/internal/unionfind"
)

// Groups returns the rows that are within a distance of each other, directly or
// through others: each group, and the groups, in the order of rows. Rows are
// compared by direction: the Euclidean distance of the rows scaled to length 1.
// When ctx is done it returns ctx's cause.
//
// Memory grows with the number of rows, not of pairs: 20,000 copies of one image
// are 200 million pairs.
func Groups(ctx context.Context, rows matrix.Float32, within float64) ([][]int, error) {
	joined := unionfind.New(rows.Len())
	same := func(i, j int) bool { return joined.Find(i) == joined.Find(j) }
	if err := pairs(ctx, rows, within, same, joined.Join); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(joined.All(), func(group []int) bool { return len(group) == 1 }), nil
}

// axes is how many directions rows are projected on, to make cells of.
const axes = 4

type cell [axes]int32

// pairs calls found for pairs i < j of rows that are within a distance, but not
// for those that skip. Of rows that are equal to the last bit, only the first is
// compared with others.
//
// A projection on a unit vector takes no two points further apart. So rows are
// sorted into cells of the side within by their projections on a few random
// directions, and compared with those in the cells around their own.
func pairs(ctx context.Context, rows matrix.Float32, within float64, skip func(i, j int) bool, found func(i, j int)) error {
	directions := randomDirections(rows.Dim())
	cells := map[cell][]int32{}
	firsts := make(map[[sha256.Size]byte]int, rows.Len()) // of equal rows, by digest
	scales := make([]float64, rows.Len())
	var bytes []byte
	for j := range rows.Len() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row := rows.Row(j)
		bytes = bytes[:0]
		for _, v := range row {
			bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v))
		}
		digest := sha256.Sum256(bytes)
		if first, seen := firsts[digest]; seen {
			found(first, j)
			continue
		}
		firsts[digest] = j
		scales[j] = 1 / length(row)
		at := cellOf(row, scales[j], directions, within*(1+1e-6)) // rounding must not part neighbours
		around(at, func(c cell) {
			for _, i := range cells[c] {
				if !skip(int(i), j) && near(rows.Row(int(i)), row, scales[i], scales[j], within) {
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

// near reports whether two rows, scaled, are within a distance of each other.
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
