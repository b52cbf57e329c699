package logistic

import (
	"errors"
	"math"
)

// A lineSearch is for convex functions. It works on slopes, which grow along the
// line: near the minimum rounding hides a change of the function's value long
// before it hides the slope (Hager, Zhang: A new
// conjugate gradient method with guaranteed descent and an efficient line
// search, 2005). Of values it only requires that they do not rise by more than
// rounding: far beyond the minimum the log-loss has hardly any slope.
type lineSearch struct {
	start  float64 // slope at step 0, negative
	limit  float64 // of the value
	step   float64 // being tried
	low    float64 // a step whose slope is too negative
	high   float64 // a step whose slope is too positive, or +Inf
	slopes [2]float64
	trials int
}

const (
	stillSteep = 0.9 // the share of the starting slope that must be gone
	tooFar     = 0.5 // the share of it allowed on the far side of the minimum
	growth     = 4
	noise      = 1e-6 // the share of a value that may be rounding
	maxTrials  = 30
)

var errLineSearch = errors.New("no step satisfies the slope conditions")

// newLineSearch starts a search along a line that falls from the given value
// with the given slope at step 0. The first step to try is 1.
func newLineSearch(value, slope float64) lineSearch {
	return lineSearch{
		start:  slope,
		limit:  value + noise*math.Abs(value),
		step:   1,
		high:   math.Inf(1),
		slopes: [2]float64{slope, 0},
	}
}

// next takes the value and the slope at the last step tried. It returns the next
// step to try, or that the last one is good.
func (s *lineSearch) next(value, slope float64) (step float64, found bool, err error) {
	s.trials++
	if s.trials > maxTrials {
		return 0, false, errLineSearch
	}
	switch {
	case slope < stillSteep*s.start:
		s.low, s.slopes[0] = s.step, slope
	case slope <= 0 || slope <= -tooFar*s.start && value <= s.limit:
		return s.step, true, nil
	default:
		if math.IsNaN(slope) { // so far away that numbers overflow
			slope = math.Inf(1)
		}
		s.high, s.slopes[1] = s.step, slope
	}
	if math.IsInf(s.high, 1) {
		s.step *= growth
	} else {
		secant := s.slopes[0] / (s.slopes[0] - s.slopes[1])
		s.step = s.low + min(max(secant, 0.05), 0.95)*(s.high-s.low)
	}
	return s.step, false, nil
}
