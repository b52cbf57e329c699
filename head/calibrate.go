package head

import "math"

// Calibration is the temperature that divides a head's logits, so that its
// probabilities say how often it is right, and what it does to the
// probabilities of held-out images (Guo et al.: On calibration of modern neural
// networks, 2017).
type Calibration struct {
	Temperature float64           `json:"temperature"`
	Images      int               `json:"images"` // held-out ones, that it was measured on
	Before      CalibrationScores `json:"before"`
	After       CalibrationScores `json:"after"`
}

// CalibrationScores are those of Scores that depend on calibration.
type CalibrationScores struct {
	LogLoss          float64 `json:"log_loss"`
	Brier            float64 `json:"brier"`
	CalibrationError float64 `json:"calibration_error"`
}

// calibrate finds the temperature for the logits of rows, each given by a fit
// that has not seen the row.
func (p *problem) calibrate(logits [][]float64) *Calibration {
	fairLogits := make([][]float64, len(p.fair))
	labels := make([]int, len(p.fair))
	for i, row := range p.fair {
		fairLogits[i], labels[i] = logits[row], p.labels[row]
	}
	temperature := fitTemperature(fairLogits, labels)
	return &Calibration{
		Temperature: temperature,
		Images:      len(labels),
		Before:      calibrationScores(softened(fairLogits, 1), labels),
		After:       calibrationScores(softened(fairLogits, temperature), labels),
	}
}

func calibrationScores(probabilities [][]float64, labels []int) CalibrationScores {
	return CalibrationScores{
		LogLoss:          logLoss(probabilities, labels),
		Brier:            brier(probabilities, labels),
		CalibrationError: calibrationError(probabilities, labels),
	}
}

// softened returns the probabilities at a temperature.
func softened(logits [][]float64, temperature float64) [][]float64 {
	if len(logits) == 0 {
		return nil
	}
	probabilities := table(len(logits), len(logits[0]))
	for i, row := range logits {
		for k, z := range row {
			probabilities[i][k] = z / temperature
		}
		softmax(probabilities[i])
	}
	return probabilities
}

// maxLogTemperature bounds the logarithm of the temperature either way.
const maxLogTemperature = 7

// fitTemperature minimises the log-loss summed over images, plus half the
// square of the temperature's logarithm. That is to expect, before any image is
// seen, a temperature between 1/e and e; without it the temperature would be 0
// where all images are right. As the addition is 0 at temperature 1, what is
// found has never a higher log-loss than no calibration. It takes Newton's steps
// in the logarithm, kept within a shrinking bracket.
func fitTemperature(logits [][]float64, labels []int) float64 {
	if len(labels) == 0 {
		return 1
	}
	u, low, high := 0.0, -float64(maxLogTemperature), float64(maxLogTemperature) // −ln temperature
	scratch := make([]float64, len(logits[0]))
	for range 60 {
		sharpness := math.Exp(u)
		slope, curvature := temperatureSlope(logits, labels, sharpness, scratch)
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
func temperatureSlope(logits [][]float64, labels []int, sharpness float64, scratch []float64) (slope, curvature float64) {
	for i, row := range logits {
		for k, z := range row {
			scratch[k] = sharpness * z
		}
		softmax(scratch)
		var mean, square float64
		for k, z := range row {
			mean += scratch[k] * z
			square += scratch[k] * z * z
		}
		slope += mean - row[labels[i]]
		curvature += max(square-mean*mean, 0)
	}
	return slope, curvature
}
