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

// Bounds of temperature's inverse.
const (
	minSharpness = 1e-3
	maxSharpness = 1e3
)

// fitTemperature minimises the mean log-loss, which is convex in the
// temperature's inverse, by Newton's method kept within a shrinking bracket. It
// never believes the labels wholly: after n images another class is as likely
// as the rule of succession has it, 1/(n + classes). Where all images are right
// the temperature would be 0 otherwise (Platt: Probabilistic outputs for support
// vector machines, 1999).
func fitTemperature(logits [][]float64, labels []int) float64 {
	if len(labels) == 0 {
		return 1
	}
	sharpness, low, high := 1.0, minSharpness, maxSharpness
	scratch := make([]float64, len(logits[0]))
	for range 60 {
		slope, curvature := temperatureSlope(logits, labels, sharpness, scratch)
		if slope > 0 {
			high = sharpness
		} else {
			low = sharpness
		}
		next := sharpness - slope/curvature
		if !(next > low && next < high) {
			next = math.Sqrt(low * high)
		}
		if math.Abs(next-sharpness) <= 1e-9*sharpness {
			break
		}
		sharpness = next
	}
	return 1 / sharpness
}

// temperatureSlope returns the first two derivatives of the mean log-loss by the
// temperature's inverse.
func temperatureSlope(logits [][]float64, labels []int, sharpness float64, scratch []float64) (slope, curvature float64) {
	classes := float64(len(scratch))
	doubt := 1 / (float64(len(labels)) + classes)
	for i, row := range logits {
		var sum float64
		for k, z := range row {
			scratch[k] = sharpness * z
			sum += z
		}
		softmax(scratch)
		var mean, square float64
		for k, z := range row {
			mean += scratch[k] * z
			square += scratch[k] * z * z
		}
		truth := row[labels[i]]
		slope += mean - (1-classes*doubt)*truth - doubt*sum
		curvature += max(square-mean*mean, 0)
	}
	return slope, curvature
}
