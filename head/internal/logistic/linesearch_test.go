package logistic

import (
	"math"
	"testing"
)

func TestLineSearchEndsNearTheMinimum(t *testing.T) {
	for _, minimum := range []float64{1e-3, 0.4, 1, 7, 40} {
		slope := func(x float64) float64 { return math.Tanh(x - minimum) }
		start := slope(0)
		value := func(x float64) float64 { return math.Log(math.Cosh(x - minimum)) }
		s := newLineSearch(value(0), start)
		step := 1.0
		for evaluations := 1; ; evaluations++ {
			next, found, err := s.next(value(step), slope(step))
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
		if value(step) > value(0) {
			t.Errorf("minimum at %v: the value rises to %v", minimum, value(step))
		}
	}
}

// TestLineSearchDoesNotClimb has a steep wall behind it and hardly any slope
// ahead, as the log-loss of separable rows has.
func TestLineSearchDoesNotClimb(t *testing.T) {
	const minimum = 0.01
	value := func(x float64) float64 {
		if x < minimum {
			return 100 * (minimum - x)
		}
		return 10 * (x - minimum)
	}
	s := newLineSearch(value(0), -100)
	step, found, err := s.next(value(1), 10)
	for err == nil && !found {
		slope := 10.0
		if step < minimum {
			slope = -100
		}
		step, found, err = s.next(value(step), slope)
	}
	if err != nil || value(step) > value(0) {
		t.Errorf("step %v with value %v after %v, error %v", step, value(step), value(0), err)
	}
}

func TestSlopeSearchComesBackFromOverflow(t *testing.T) {
	s := newLineSearch(0, -1)
	step, found, err := s.next(math.NaN(), math.NaN())
	if found || err != nil || !(step > 0 && step < 1) {
		t.Errorf("next step %v, found %v, error %v", step, found, err)
	}
}

func TestSlopeSearchGivesUpWithoutMinimum(t *testing.T) {
	s := newLineSearch(0, -1)
	for range maxTrials {
		if _, _, err := s.next(-1, -1); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.next(-1, -1); err == nil {
		t.Error("no error")
	}
}
