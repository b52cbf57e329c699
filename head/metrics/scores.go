package head

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// calibrationBins is how many bins the calibration error has, as in most of the
// literature.
const calibrationBins = 15

// A tally adds up Scores image by image. See Evaluate for what they are.
type tally struct {
	images, right  int
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
		t.right++
		t.gaps[bin]++
	}
	t.gaps[bin] -= p[predicted]
	t.logLoss += logLoss(p[label])
	t.brier += squaredError(p, label)
	return predicted
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

func (t *tally) scores() Scores {
	c := t.calibration()
	return Scores{
		Images:           t.images,
		Accuracy:         ratio(t.right, t.images),
		Interval:         wilson(t.right, t.images),
		LogLoss:          c.LogLoss,
		Brier:            c.Brier,
		CalibrationError: c.CalibrationError,
	}
}

// logLoss is −ln of the true class's probability, which is kept from 0 as
// scikit-learn's log_loss does.
func logLoss(probability float64) float64 {
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
