package head

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
)

// Calibration is the temperature that divides a head's logits, so that its
// probabilities say how often it is right, and what it does to the
// probabilities of held-out images (Guo et al.: On calibration of modern neural
// networks, 2017).
type Calibration struct {
	Temperature float64           `json:"temperature"`
	Images      int               `json:"images"` // that it was measured on: held-out ones of classes that the fit in question knew
	Before      CalibrationScores `json:"before"`
	After       CalibrationScores `json:"after"`
}

// CalibrationScores are those of Scores that depend on calibration.
type CalibrationScores struct {
	LogLoss          float64 `json:"log_loss"`
	Brier            float64 `json:"brier"`
	CalibrationError float64 `json:"calibration_error"`
}

// calibrate finds the temperature for logits that were each given by a fit that
// has not seen the row.
func calibrate(logits [][]float32, labels []int, workers int) *Calibration {
	temperature := fitTemperature(logits, labels, workers)
	return &Calibration{
		Temperature: temperature,
		Images:      len(labels),
		Before:      calibrationScores(softened(logits, 1), labels),
		After:       calibrationScores(softened(logits, temperature), labels),
	}
}

func calibrationScores(probabilities func(i int) []float64, labels []int) CalibrationScores {
	var t tally
	for i, label := range labels {
		t.add(probabilities(i), label)
	}
	return t.calibration()
}

// softened returns what gives the probabilities of a row at a temperature, which
// are good until it is called again.
func softened(logits [][]float32, temperature float64) func(i int) []float64 {
	var p []float64
	return func(i int) []float64 {
		p = p[:0]
		for _, z := range logits[i] {
			p = append(p, float64(z)/temperature)
		}
		softmax.Probabilities(p)
		return p
	}
}

// maxLogTemperature bounds the logarithm of the temperature either way.
const maxLogTemperature = 7

// fitTemperature minimises the log-loss summed over images, plus half the
// square of the temperature's logarithm. That is to expect, before any image is
// seen, a temperature between 1/e and e; without it the temperature would be 0
// where all images are right. As the addition is 0 at temperature 1, what is
// found has never a higher log-loss than no calibration. It takes Newton's steps
// in the logarithm, kept within a shrinking bracket.
func fitTemperature(logits [][]float32, labels []int, workers int) float64 {
	if len(labels) == 0 {
		return 1
	}
	u, low, high := 0.0, -float64(maxLogTemperature), float64(maxLogTemperature) // −ln temperature
	for range 60 {
		sharpness := math.Exp(u)
		slope, curvature := temperatureSlope(logits, labels, sharpness, workers)
		curvature = curvature*sharpness*sharpness + slope*sharpness + 1
		slope = slope*sharpness + u
		if slope > 0 {
			high = u
		} else {
			low = u
		}
		next := u - slope/curvature
		if !(curvature > 0 && next > low && next < high) {
			next = (low + high) / 2
		}
		if math.Abs(next-u) <= 1e-9 {
			break
		}
		u = next
	}
	return math.Exp(-u)
}

// temperatureSlope returns the first two derivatives of the summed log-loss by
// the temperature's inverse.
func temperatureSlope(logits [][]float32, labels []int, sharpness float64, workers int) (slope, curvature float64) {
	slopes, curvatures := make([]float64, len(labels)), make([]float64, len(labels))
	spread(workers, len(labels), func(from, to int) {
		probabilities := softened(logits, 1/sharpness)
		for i := from; i < to; i++ {
			var mean, square float64
			for k, p := range probabilities(i) {
				z := float64(logits[i][k])
				mean += p * z
				square += p * z * z
			}
			slopes[i] = mean - float64(logits[i][labels[i]])
			curvatures[i] = max(square-mean*mean, 0)
		}
	})
	return floats.Sum(slopes), floats.Sum(curvatures)
}
