package logistic

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// slopeSearch is a line search for convex functions. It looks at slopes alone,
// which grow along the line: near the minimum rounding hides a change of the
// function's value long before it hides the slope (Hager, Zhang: A new
// conjugate gradient method with guaranteed descent and an efficient line
// search, 2005). The zero value is ready for use.
type slopeSearch struct {
	start  float64 // slope at step 0, negative
	step   float64 // being tried
	low    float64 // a step with too negative a slope
	high   float64 // a step with too positive a slope, or +Inf
	slopes [2]float64
	trials int
}

const (
	stillSteep = 0.9 // the share of the starting slope that must be gone
	tooFar     = 0.5 // the share of it allowed on the far side of the minimum
	growth     = 4
	maxTrials  = 30
	trial      = optimize.FuncEvaluation | optimize.GradEvaluation
)

var errSlopeSearch = errors.New("no step satisfies the slope conditions")

func (s *slopeSearch) Init(_, slope, step float64) optimize.Operation {
	*s = slopeSearch{start: slope, step: step, high: math.Inf(1), slopes: [2]float64{slope, 0}}
	return trial
}

func (s *slopeSearch) Iterate(_, slope float64) (optimize.Operation, float64, error) {
	s.trials++
	if s.trials > maxTrials {
		return optimize.NoOperation, 0, errSlopeSearch
	}
	switch {
	case slope < stillSteep*s.start:
		s.low, s.slopes[0] = s.step, slope
	case slope <= -tooFar*s.start:
		return optimize.MajorIteration, s.step, nil
	default:
		s.high, s.slopes[1] = s.step, slope
	}
	if math.IsInf(s.high, 1) {
		s.step *= growth
	} else {
		secant := s.slopes[0] / (s.slopes[0] - s.slopes[1])
		s.step = s.low + min(max(secant, 0.05), 0.95)*(s.high-s.low)
	}
	return trial, s.step, nil
}
