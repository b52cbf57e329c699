package logistic

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// An inverse is nearly that of a fit's Hessian.
type inverse struct {
	spectrum *spectrum
	lane     lane
	gains    []float64 // C · Σ weight·p·(1-p) of each output
	rest     float64   // variance in the directions that are not in the spectrum
}

func (s *spectrum) inverse(outputs int) *inverse {
	v := &inverse{spectrum: s, lane: newLane(outputs, s.vectors.dim, none), gains: make([]float64, outputs)}
	v.lane.turn = func(row int, logits []float64) {
		for k, gain := range v.gains {
			rest := 1 / (gain*v.rest + 1)
			logits[k] *= max(1/(gain*s.values[row]+1), flattest*rest) - rest
		}
	}
	return v
}

// flattest is the smallest part that is left of a direction, relative to one
// that is not in the spectrum: less would drown in float32 rounding.
const flattest = 1e-5

// leastCurvature is the smallest that an output is taken to have, of the largest
// it could have. Where it has next to none, as that of a class which the start
// does not believe in, a step by it would lead out of all numbers.
const leastCurvature = 1e-6

// set takes the curvature at the present point, and the weight of all rows.
func (v *inverse) set(c float64, curvature []float64, mass float64) {
	for k, sum := range curvature {
		v.gains[k] = c * max(sum, leastCurvature*mass/4)
	}
}

// step multiplies a gradient with the inverse. It is far too short where the
// rows vary less than on average, which L-BFGS makes up for.
func (v *inverse) step(gradient []float64) {
	v.rest = v.spectrum.rest
	v.apply(gradient)
}

// distance makes a gradient the distance to the optimum, for directions in the
// spectrum nearly and for others at most, as if the penalty alone bent the
// objective there.
func (v *inverse) distance(gradient []float64) {
	v.rest = 0
	v.apply(gradient)
}

func (v *inverse) apply(gradient []float64) {
	l := &v.lane
	weights := gradient[:l.outputs*l.dim]
	// Scaled, as float32 could not hold a small gradient.
	if size := floats.Norm(weights, math.Inf(1)); size > 0 && len(v.spectrum.values) > 0 {
		for i, g := range weights {
			l.weights[i] = float32(g / size)
		}
		v.spectrum.sweep.run([]*lane{l})
		for k, gain := range v.gains {
			w := weights[k*l.dim : (k+1)*l.dim]
			floats.Scale(1/(gain*v.rest+1), w)
			floats.AddScaled(w, size, l.sums[k*l.dim:(k+1)*l.dim])
		}
	}
	for k, gain := range v.gains {
		gradient[len(weights)+k] /= gain
	}
	if len(v.gains) > 1 {
		centre(weights, len(v.gains))
		centre(gradient[len(weights):], len(v.gains))
	}
}

// centre takes off what the classes have in common. There is none in a gradient,
// as what is added to all logits changes no probability, nor in the optimum. But
// gains that differ bring some in, which only the penalty bends the objective
// along: it would be the last to go.
func centre(values []float64, outputs int) {
	dim := len(values) / outputs
	common := make([]float64, dim)
	for k := range outputs {
		floats.AddScaled(common, 1/float64(outputs), values[k*dim:(k+1)*dim])
	}
	for k := range outputs {
		floats.Sub(values[k*dim:(k+1)*dim], common)
	}
}

func finite(values []float64) bool {
	return floats.Norm(values, 1)-floats.Norm(values, 1) == 0
}
