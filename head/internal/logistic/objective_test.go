package logistic

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

func TestGradientEqualsFiniteDifferences(t *testing.T) {
	for _, classes := range []int{2, 5} {
		x, labels := draw(300, 12, classes, 3)
		o := newObjective(x, without(x.Len(), nil), labels, classes, newTeam(2))
		o.c = 0.3
		chance := rand.New(rand.NewPCG(1, 2))
		params := make([]float64, o.size())
		for i := range params {
			params[i] = 0.2 * chance.NormFloat64()
		}
		gradient := make([]float64, o.size())
		o.evaluate(params, gradient)
		scratch := make([]float64, o.size())
		for i := range params {
			const h = 1e-3 // float32 products hide smaller steps
			at := slices.Clone(params)
			at[i] += h
			above := o.evaluate(at, scratch)
			at[i] -= 2 * h
			below := o.evaluate(at, scratch)
			if want := (above - below) / (2 * h); math.Abs(gradient[i]-want) > 1e-3*floats.Norm(gradient, math.Inf(1)) {
				t.Errorf("%d classes, parameter %d: gradient %v, difference quotient %v", classes, i, gradient[i], want)
			}
		}
	}
}

func TestLossOfExtremeLogits(t *testing.T) {
	for _, z := range []float64{-1e5, -800, 0, 800, 1e5} {
		for label := range 2 {
			binary, softmax := []float64{z}, []float64{0, z}
			a, b := binaryLoss(binary, label), softmaxLoss(softmax, label)
			if math.Abs(a-b) > 1e-12*math.Abs(a) || math.Abs(binary[0]-softmax[1]) > 1e-15 {
				t.Errorf("log-odds %v, label %d: loss %v and %v, slope %v and %v", z, label, a, b, binary[0], softmax[1])
			}
			if math.IsNaN(a) || math.IsInf(a, 0) {
				t.Errorf("log-odds %v, label %d: loss %v", z, label, a)
			}
		}
	}
}

func TestScalerSeesTrainingRowsOnly(t *testing.T) {
	x := matrix{2, []float32{1, 7, 3, 7, 1e6, -1e6, 5, 7}}
	s := fitScaler(x, []int{0, 1, 3})
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
