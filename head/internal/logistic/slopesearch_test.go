package logistic

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/optimize"
)

func TestSlopeSearchEndsNearTheMinimum(t *testing.T) {
	for _, minimum := range []float64{1e-3, 0.4, 1, 7, 40} {
		slope := func(x float64) float64 { return math.Tanh(x - minimum) }
		s := new(slopeSearch)
		start := slope(0)
		s.Init(0, start, 1)
		step := 1.0
		for evaluations := 1; ; evaluations++ {
			op, next, err := s.Iterate(math.NaN(), slope(step))
			if err != nil {
				t.Fatalf("minimum at %v: %v", minimum, err)
			}
			if op == optimize.MajorIteration {
				if evaluations > 12 {
					t.Errorf("minimum at %v: %d evaluations", minimum, evaluations)
				}
				break
			}
			step = next
		}
		if got := slope(step) / start; got > stillSteep || got < -tooFar {
			t.Errorf("minimum at %v: step %v has %v of the slope left", minimum, step, got)
		}
	}
}

func TestSlopeSearchGivesUpWithoutMinimum(t *testing.T) {
	s := new(slopeSearch)
	s.Init(0, -1, 1)
	for range maxTrials {
		if _, _, err := s.Iterate(0, -1); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Iterate(0, -1); err == nil {
		t.Error("no error")
	}
}
