package powerlaw

import (
	"math"
	"testing"
)

func TestFitFindsTheLaw(t *testing.T) {
	n := []float64{4, 10, 20, 40, 100, 200}
	for _, want := range []Law{{0.1, 0.8, 0.5}, {0, 1, 0.3}, {0.2, 0, 1}, {0.05, 2, 0.9}, {0.3, -0.2, 0.7}} {
		y, weights := make([]float64, len(n)), make([]float64, len(n))
		for i := range n {
			y[i], weights[i] = want.At(n[i]), float64(1+i)
		}
		got := Fit(n, y, weights)
		for _, at := range []float64{4, 50, 400} {
			if math.Abs(got.At(at)-want.At(at)) > 0.004 {
				t.Errorf("%+v for %+v: at %g, %g instead of %g", got, want, at, got.At(at), want.At(at))
			}
		}
	}
}

// An error that falls faster than any law with a floor above 0 has a floor of 0.
func TestFloorIsNotBelowZero(t *testing.T) {
	got := Fit([]float64{1, 10, 100}, []float64{1, 0.7, 0.1}, []float64{1, 1, 1})
	if got.A < 0 || got.At(1e9) < 0 {
		t.Errorf("%+v", got)
	}
}
