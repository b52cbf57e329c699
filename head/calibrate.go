package head

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Calibration is the temperature that divides a head's logits, so that its
// probabilities say how often it is right, and the effect on the probabilities of
// held-out images (Guo et al.: On calibration of modern neural networks, 2017).
type Calibration struct {
	Temperature float64                   `json:"temperature"`
	Images      int                       `json:"images"` // held-out ones it was measured on, of classes that the fit in question knew
	Before      metrics.CalibrationScores `json:"before"`
	After       metrics.CalibrationScores `json:"after"`
}

// calibrate finds the temperature for logits that were each given by a fit that
// has not seen the row. Its error is that of ctx.
func calibrate(ctx context.Context, logits [][]float32, labels []int, workers int) (*Calibration, error) {
	temperature, err := fitTemperature(ctx, logits, labels, workers)
	if err != nil {
		return nil, err
	}
	c := &Calibration{Temperature: temperature, Images: len(labels)}
	if c.Before, err = metrics.EvaluateCalibration(ctx, temperatureScaled(logits, 1), labels); err != nil {
		return nil, err
	}
	c.After, err = metrics.EvaluateCalibration(ctx, temperatureScaled(logits, temperature), labels)
	return c, err
}

// temperatureScaled returns a function that computes the probabilities of a row
// at a temperature. They are valid until it is called again.
func temperatureScaled(logits [][]float32, temperature float64) func(i int) []float64 {
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

// maxLogTemperature is the largest absolute logarithm of the temperature.
const maxLogTemperature = 7

// fitTemperature minimises the log-loss summed over images, plus half the square
// of the temperature's logarithm. The latter is the prior that the temperature is
// between 1/e and e; without it the temperature would be 0 where all images are
// right. As it is 0 at temperature 1, the result never has a higher log-loss than
// no calibration. The method is Newton's in the logarithm, within a shrinking
// bracket. Its error is that of ctx.
func fitTemperature(ctx context.Context, logits [][]float32, labels []int, workers int) (float64, error) {
	if len(labels) == 0 {
		return 1, nil
	}
	u, low, high := 0.0, -float64(maxLogTemperature), float64(maxLogTemperature) // −ln temperature
	for range 60 {
		inverseTemperature := math.Exp(u)
		slope, curvature, err := temperatureSlope(ctx, logits, labels, inverseTemperature, workers)
		if err != nil {
			return 0, err
		}
		curvature = curvature*inverseTemperature*inverseTemperature + slope*inverseTemperature + 1
		slope = slope*inverseTemperature + u
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
	return math.Exp(-u), nil
}

// temperatureSlope returns the first two derivatives of the summed log-loss with
// respect to the inverse temperature.
func temperatureSlope(ctx context.Context, logits [][]float32, labels []int, inverseTemperature float64, workers int) (slope, curvature float64, err error) {
	slopes, curvatures := make([]float64, len(labels)), make([]float64, len(labels))
	err = spread(ctx, workers, len(labels), func() func(i int) {
		probabilities := temperatureScaled(logits, 1/inverseTemperature)
		return func(i int) {
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
	return floats.Sum(slopes), floats.Sum(curvatures), err
}
