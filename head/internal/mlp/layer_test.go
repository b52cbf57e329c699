package mlp

import (
	"math"
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
	each := matrix.New(kernel.Rows, 4) // row k is for unit k alone
	each.Row(0)[0], each.Row(1)[1] = 1, 1
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
		rows := matrix.New(kernel.Rows, vectorWidth)
		for j, g := range gradient {
			rows.Row(j / 2)[j%2] = float32(g)
		}
		b := batch{rows: []int{0, 1}, gradients: make([]float32, kernel.Outputs*vectorWidth)}
		l.learn(&b, rows, each, newAdamStep(opt, i+1))
		for j := range want {
			if v := l.value.Row(j / 2)[j%2]; math.Abs(float64(v)-want[j]) > 1e-5 {
				t.Errorf("step %v: value %d is %v, want %v", step, j, v, want[j])
			}
		}
	}
}
