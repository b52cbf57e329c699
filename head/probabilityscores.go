package head

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// logLoss is the mean of −ln p over the true classes, p being kept from 0 as
// scikit-learn's log_loss does.
func logLoss(probabilities [][]float64, labels []int) float64 {
	const epsilon = 0x1p-52
	if len(labels) == 0 {
		return 0
	}
	var sum float64
	for i, label := range labels {
		sum -= math.Log(min(max(probabilities[i][label], epsilon), 1-epsilon))
	}
	return sum / float64(len(labels))
}

// brier is the mean squared distance of the probabilities from 1 for the true
// class and 0 for the others, halved for two classes.
func brier(probabilities [][]float64, labels []int) float64 {
	if len(labels) == 0 {
		return 0
	}
	var sum float64
	for i, p := range probabilities {
		for c, v := range p {
			if c == labels[i] {
				v = 1 - v
			}
			sum += v * v
		}
	}
	if len(probabilities[0]) == 2 {
		sum /= 2
	}
	return sum / float64(len(labels))
}

// calibrationBins is how many bins calibrationError has, as in most of the
// literature.
const calibrationBins = 15

// calibrationError is the expected calibration error of the likeliest class,
// see Evaluate.
func calibrationError(probabilities [][]float64, labels []int) float64 {
	if len(labels) == 0 {
		return 0
	}
	var gaps [calibrationBins]float64 // Σ (right − probability) in each bin
	for i, p := range probabilities {
		top := floats.MaxIdx(p)
		bin := int(math.Ceil(p[top]*calibrationBins)) - 1
		bin = min(max(bin, 0), calibrationBins-1)
		if top == labels[i] {
			gaps[bin]++
		}
		gaps[bin] -= p[top]
	}
	return floats.Norm(gaps[:], 1) / float64(len(labels))
}
