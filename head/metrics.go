package head

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Scores is the short form of Metrics.
type Scores struct {
	Images   int      `json:"images"`
	Accuracy float64  `json:"accuracy"` // share of images whose likeliest class is the true one
	Interval Interval `json:"accuracy_interval"`
	LogLoss  float64  `json:"log_loss"` // mean, natural logarithm
}

// Metrics says how good a classifier is on some images.
type Metrics struct {
	Scores
	Classes []ClassScores `json:"classes"`
	// Confusion counts images: a row per true class, a column per predicted
	// one.
	Confusion [][]int `json:"confusion"`
}

// ClassScores says how good a classifier is at one class. A ratio with nothing
// to divide by is 0.
type ClassScores struct {
	Class     string  `json:"class"`
	Images    int     `json:"images"`    // that are of it
	Precision float64 `json:"precision"` // of the images said to be of it, those that are
	Recall    float64 `json:"recall"`    // of its images, those said to be of it
	F1        float64 `json:"f1"`        // harmonic mean of both
}

// Evaluate compares probabilities, one row per image and one column per class,
// with the true classes. An image is predicted to be of its likeliest class,
// the first of equals. No images give zeros throughout.
func Evaluate(probabilities [][]float64, labels []int, classes []string) *Metrics {
	m := &Metrics{Confusion: make([][]int, len(classes))}
	for i := range m.Confusion {
		m.Confusion[i] = make([]int, len(classes))
	}
	right := 0
	for i, p := range probabilities {
		predicted := floats.MaxIdx(p)
		m.Confusion[labels[i]][predicted]++
		if predicted == labels[i] {
			right++
		}
	}
	m.Classes = classScores(m.Confusion, classes)
	m.Images = len(labels)
	m.Accuracy = ratio(right, m.Images)
	m.Interval = Wilson(right, m.Images)
	m.LogLoss = logLoss(probabilities, labels)
	return m
}

func classScores(confusion [][]int, classes []string) []ClassScores {
	scores := make([]ClassScores, len(classes))
	for c, class := range classes {
		right := confusion[c][c]
		var images, predicted int
		for other := range classes {
			images += confusion[c][other]
			predicted += confusion[other][c]
		}
		scores[c] = ClassScores{
			Class:     class,
			Images:    images,
			Precision: ratio(right, predicted),
			Recall:    ratio(right, images),
			F1:        ratio(2*right, predicted+images),
		}
	}
	return scores
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

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

// Interval is a range that holds the true value with a confidence of 95 %.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Wilson returns the interval of a share seen in n independent trials (Wilson:
// Probable inference, the law of succession, and statistical inference, 1927).
func Wilson(successes, n int) Interval {
	if n == 0 {
		return Interval{}
	}
	const z = 1.959963984540054 // the normal distribution's 0.975 quantile
	k, m := float64(successes), float64(n)
	centre := k + z*z/2
	half := z * math.Sqrt(k*(m-k)/m+z*z/4)
	return Interval{Low: max(0, (centre-half)/(m+z*z)), High: min(1, (centre+half)/(m+z*z))}
}
