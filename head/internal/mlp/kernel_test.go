package mlp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestKernels compares the kernels of this processor, and those in Go, with
// sums in float64, and sees that nothing beside the result is touched.
func TestKernels(t *testing.T) {
	t.Run("processor", func(t *testing.T) { testKernels(t, dots, average, move) })
	t.Run("plain", func(t *testing.T) { testKernels(t, plainDots, plainAverage, plainMove) })
}

func testKernels(
	t *testing.T,
	dots func(_, _ *[quadUnits]float32, _, _ []float32, _ *quad),
	average func(*quad, float32, table, table, int) [quadUnits]float32,
	move func(_, _ []float32, _, _ float32),
) {
	const count, column = 3, 2
	for _, n := range []int{16, 48, 208} {
		chance := rand.New(rand.NewPCG(uint64(n), 1))
		draw := func(rows, columns int) table {
			drawn := newTable(rows, columns)
			for i := range drawn.values {
				drawn.values[i] = float32(chance.NormFloat64())
			}
			return drawn
		}
		rows, by := draw(count, n), draw(count, quadUnits+3)
		vectors := draw(quadUnits+1, n) // the last is not to be touched
		before := slices.Clone(vectors.values)
		units := quadOf(vectors, []int{2, 0, 3, 1}, make([]float32, n))

		var out [2][quadUnits]float32
		dots(&out[0], &out[1], rows.row(0), rows.row(1), &units)
		for i, products := range out {
			for k, got := range products {
				var want float64
				for j, v := range units[k] {
					want += float64(v) * float64(rows.row(i)[j])
				}
				near(t, "product", float64(got), want)
			}
		}

		squares := average(&units, 0.25, rows, by, column)
		for k, unit := range []int{2, 0, 3, 1} {
			var sum float64
			for j, got := range units[k] {
				var gradient float64
				for i := range count {
					gradient += float64(by.row(i)[column+k]) * float64(rows.row(i)[j])
				}
				sum += gradient * gradient
				near(t, "average", float64(got), 0.75*float64(before[unit*n+j])+0.25*gradient)
			}
			near(t, "sum of squares", float64(squares[k])/float64(n), sum/float64(n))
		}

		value, mean := draw(1, n+1).values, draw(1, n).values
		was := slices.Clone(value)
		move(value[:n], mean, 0.5, 3)
		for j, m := range mean {
			near(t, "value", float64(value[j]), 0.5*float64(was[j])-3*float64(m))
		}
		if value[n] != was[n] || !slices.Equal(vectors.row(quadUnits), before[quadUnits*n:]) {
			t.Error("a kernel wrote beyond the vectors")
		}
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}
