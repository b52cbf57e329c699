package logistic

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestScalerSeesRowsOfPositiveWeightOnly(t *testing.T) {
	x := matrix.Dense{Data: []float32{1, 7, 3, 7, 1e6, -1e6, 5, 7}, Cols: 2}
	p := Problem{X: x, Standardise: true}
	s := fitScaler(context.Background(), &p, []int{0, 1, 3}, newWorkers(1))
	if !slices.Equal(s.mean, []float64{3, 7}) {
		t.Errorf("mean %v", s.mean)
	}
	if want := math.Sqrt(8.0 / 3); math.Abs(s.scale[0]-want) > 1e-15 {
		t.Errorf("scale %v, want %v", s.scale[0], want)
	}
	if !math.IsInf(s.scale[1], 1) {
		t.Errorf("scale of a constant feature %v", s.scale[1])
	}
}

func TestScalerOfManyRowsWithALargeMean(t *testing.T) {
	const n = 5000
	x := matrix.Dense{Data: make([]float32, 2*n), Cols: 2}
	for i := range n {
		x.Data[2*i] = 4096 + float32(i%8) // variance (8²-1)/12
		x.Data[2*i+1] = 0.1
	}
	p := Problem{X: x, Standardise: true}
	s := fitScaler(context.Background(), &p, count(n), newWorkers(1))
	if want := math.Sqrt(63.0 / 12); math.Abs(s.scale[0]-want) > 1e-12 {
		t.Errorf("scale %v, want %v", s.scale[0], want)
	}
	if !math.IsInf(s.scale[1], 1) {
		t.Errorf("scale of a constant feature %v", s.scale[1])
	}
}

func TestLossOfExtremeLogits(t *testing.T) {
	for _, z := range []float64{-1e5, -800, 0, 800, 1e5} {
		for label := range 2 {
			binary, two := []float64{z}, []float64{0, z}
			a, b := softmax.BinaryLoss(binary, label), softmax.Loss(two, label)
			if math.Abs(a-b) > 1e-12*math.Abs(a) || math.Abs(binary[0]-two[1]) > 1e-15 {
				t.Errorf("log-odds %v, label %d: loss %v and %v, slope %v and %v", z, label, a, b, binary[0], two[1])
			}
			if math.IsNaN(a) || math.IsInf(a, 0) {
				t.Errorf("log-odds %v, label %d: loss %v", z, label, a)
			}
		}
	}
}
