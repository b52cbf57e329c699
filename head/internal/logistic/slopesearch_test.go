package logistic

import (
	"math"
	"testing"
)

func TestSlopeSearchEndsNearTheMinimum(t *testing.T) {
	for _, minimum := range []float64{1e-3, 0.4, 1, 7, 40} {
		slope := func(x float64) float64 { return math.Tanh(x - minimum) }
		start := slope(0)
		s := newSlopeSearch(start)
		step := 1.0
		for evaluations := 1; ; evaluations++ {
			next, found, err := s.next(slope(step))
			if err != nil {
				t.Fatalf("minimum at %v: %v", minimum, err)
			}
			if found {
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

func TestSlopeSearchComesBackFromOverflow(t *testing.T) {
	s := newSlopeSearch(-1)
	step, found, err := s.next(math.NaN())
	if found || err != nil || !(step > 0 && step < 1) {
		t.Errorf("next step %v, found %v, error %v", step, found, err)
	}
}

func TestSlopeSearchGivesUpWithoutMinimum(t *testing.T) {
	s := newSlopeSearch(-1)
	for range maxTrials {
		if _, _, err := s.next(-1); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.next(-1); err == nil {
		t.Error("no error")
	}
}
