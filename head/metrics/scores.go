package metrics

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// calibrationBins is how many bins the calibration error has, as in most of the
// literature.
const calibrationBins = 15

// A tally adds up Scores image by image. Evaluate says how they are defined.
type tally struct {
	images         int
	logLoss, brier float64
	gaps           [calibrationBins]float64 // Σ (right − probability) in each bin
}

// add takes an image's probabilities and class, and returns the likeliest class.
func (t *tally) add(p []float64, label int) (predicted int) {
	predicted = floats.MaxIdx(p)
	t.images++
	bin := int(math.Ceil(p[predicted]*calibrationBins)) - 1
	bin = min(max(bin, 0), calibrationBins-1)
	if predicted == label {
		t.gaps[bin]++
	}
	t.gaps[bin] -= p[predicted]
	t.logLoss += LogLoss(p[label])
	t.brier += squaredError(p, label)
	return predicted
}

// CalibrationScores are those of Scores that depend on calibration.
type CalibrationScores struct {
	LogLoss          float64 `json:"log_loss"`
	Brier            float64 `json:"brier"`
	CalibrationError float64 `json:"calibration_error"`
}

// EvaluateCalibration is EvaluateRows for CalibrationScores alone. It asks for
// each row once.
func EvaluateCalibration(ctx context.Context, probabilities func(i int) []float64, labels []int) (CalibrationScores, error) {
	var t tally
	for i, label := range labels {
		if ctx.Err() != nil {
			return CalibrationScores{}, context.Cause(ctx)
		}
		t.add(probabilities(i), label)
	}
	return t.calibration(), nil
}

func (t *tally) calibration() CalibrationScores {
	if t.images == 0 {
		return CalibrationScores{}
	}
	n := float64(t.images)
	return CalibrationScores{
		LogLoss:          t.logLoss / n,
		Brier:            t.brier / n,
		CalibrationError: floats.Norm(t.gaps[:], 1) / n,
	}
}

// scores returns the scores, right being the share of images whose likeliest class
// is the true one.
func (t *tally) scores(right Share) Scores {
	c := t.calibration()
	return Scores{
		Images:           right.Images,
		Groups:           right.Groups,
		Accuracy:         right.Share,
		Interval:         right.Interval,
		LogLoss:          c.LogLoss,
		Brier:            c.Brier,
		CalibrationError: c.CalibrationError,
	}
}

// LogLoss is −ln of the true class's probability, which is kept above 0 as
// scikit-learn's log_loss does.
func LogLoss(probability float64) float64 {
	const epsilon = 0x1p-52
	return -math.Log(min(max(probability, epsilon), 1-epsilon))
}

// squaredError is the squared distance of the probabilities from 1 for the true
// class and 0 for the others, halved for two classes.
func squaredError(p []float64, label int) float64 {
	var sum float64
	for c, v := range p {
		if c == label {
			v = 1 - v
		}
		sum += v * v
	}
	if len(p) == 2 {
		sum /= 2
	}
	return sum
}
