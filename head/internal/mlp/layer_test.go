package mlp

import (
	"math"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// TestStepIsThatOfAdam compares steps with the formula of Adam, written plainly
// in float64, the squares' average being the unit's.
func TestStepIsThatOfAdam(t *testing.T) {
	const rate, decay = 0.01, 0.5
	opt := Options{LearningRate: rate, WeightDecay: decay}
	gradients := [][]float64{{0.5, -1, 2, 0.25}, {0.5, 1, -2, 0.125}, {0, 0.5, 1, -4}}
	l := newLayer(2, 2)
	ones := matrix.Dense{Data: slices.Repeat([]float32{1}, 16), Cols: 4}
	want := []float64{1, -1, 0.5, 2}
	for j, v := range want {
		l.value.Row(j / 2)[j%2] = float32(v)
	}
	mean, square := make([]float64, 4), make([]float64, 2)
	for i, gradient := range gradients {
		step := float64(i + 1)
		for k := range square {
			a, b := gradient[2*k], gradient[2*k+1]
			square[k] = 0.999*square[k] + 0.001*(a*a+b*b)/2
		}
		for j, g := range gradient {
			mean[j] = 0.9*mean[j] + 0.1*g
			m := mean[j] / (1 - math.Pow(0.9, step))
			s := square[j/2] / (1 - math.Pow(0.999, step))
			want[j] -= rate*m/math.Sqrt(s) + rate*decay*want[j]
		}
		for k := range square {
			rows := matrix.New(kernel.Rows, vectorWidth)
			rows.Data[0], rows.Data[1] = float32(gradient[2*k]), float32(gradient[2*k+1])
			g := group{rows: []int{0}, units: []int{k}, gradients: make([]float32, kernel.Outputs*vectorWidth)}
			l.learn(&g, rows, ones, newAdamStep(opt, i+1))
		}
		for j := range want {
			if v := l.value.Row(j / 2)[j%2]; math.Abs(float64(v)-want[j]) > 1e-5 {
				t.Errorf("step %v: value %d is %v, want %v", step, j, v, want[j])
			}
		}
	}
}
