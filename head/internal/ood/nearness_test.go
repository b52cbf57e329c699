package ood

import (
	"math"
	"math/rand/v2"
	"testing"
)

// randomModel returns a model of random references.
func randomModel(dim, references int) *Model {
	r := rand.New(rand.NewPCG(1, uint64(dim)))
	p := Parameters{Dim: dim, Neighbours: min(5, references), Threshold: 1, Scales: make([]float32, references)}
	for i := range p.Scales {
		row := make([]float32, dim)
		for j := range row {
			row[j] = float32(r.NormFloat64())
		}
		quantised := make([]int8, dim)
		p.Scales[i] = quantise(row, quantised)
		p.References = append(p.References, quantised...)
	}
	m, err := New(p)
	if err != nil {
		panic(err)
	}
	return m
}

func randomRows(n, dim int) [][]float32 {
	r := rand.New(rand.NewPCG(2, uint64(dim)))
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = make([]float32, dim)
		for j := range rows[i] {
			rows[i][j] = float32(r.NormFloat64())
		}
	}
	return rows
}

func nearestDistance(m *Model, row []float32) float64 {
	var one [1]Nearness
	m.Nearness([][]float32{row}, one[:])
	return one[0].Distance
}

func TestNearnessOfManyRowsIsThatOfEach(t *testing.T) {
	for _, dim := range []int{1, 7, 96} {
		for _, references := range []int{1, 3, 200} {
			m, rows := randomModel(dim, references), randomRows(9, dim)
			got := make([]Nearness, len(rows))
			m.Nearness(rows, got)
			for i, row := range rows {
				if score, distance := m.Score(row), nearestDistance(m, row); got[i].Score != score || math.Abs(got[i].Distance-distance) > 1e-3 {
					t.Errorf("dim %d, %d references: %v, one by one %v and %v", dim, references, got[i], score, distance)
				}
			}
		}
	}
}

// BenchmarkNearness compares rows with as many references as there may be, one by
// one and together.
func BenchmarkNearness(b *testing.B) {
	const dim, rows = 1280, 32
	m, x := randomModel(dim, maxReferences), randomRows(rows, dim)
	b.Run("each", func(b *testing.B) {
		for b.Loop() {
			for _, row := range x {
				m.Score(row)
			}
		}
	})
	b.Run("together", func(b *testing.B) {
		dst := make([]Nearness, rows)
		for b.Loop() {
			m.Nearness(x, dst)
		}
	})
}
