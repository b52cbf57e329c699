// Package metrics measures classifiers: Evaluate turns probabilities and true
// classes into Metrics, a Gate says whether they are good enough, and Compare
// reports whether one classifier is worse than another. It knows nothing of heads
// or images: numbers go in, numbers come out.
package metrics

import (
	"context"
	"fmt"
)

// Scores is the short form of Metrics. Accuracy is measured on the likeliest
// class, the rest on all probabilities.
type Scores struct {
	Images int `json:"images"`
	// Groups is the number of groups that the images are of, 0 if each image is
	// one by itself.
	Groups           int      `json:"groups,omitempty"`
	Accuracy         float64  `json:"accuracy"`          // share of images whose likeliest class is the true one
	Interval         Interval `json:"accuracy_interval"` // see Evaluate
	LogLoss          float64  `json:"log_loss"`          // mean, natural logarithm
	Brier            float64  `json:"brier"`             // see Evaluate
	CalibrationError float64  `json:"calibration_error"` // see Evaluate
}

// Summary returns the scores in one line.
func (s Scores) Summary() string {
	return fmt.Sprintf("accuracy %.4f (95 %% interval %.3f to %.3f), log-loss %.4f, on %s",
		s.Accuracy, s.Interval.Low, s.Interval.High, s.LogLoss, imagesText(s.Images, s.Groups))
}

// imagesText counts images and, unless each is one, their groups.
func imagesText(images, groups int) string {
	text := fmt.Sprintf("%d images", images)
	if images == 1 {
		text = "1 image"
	}
	switch groups {
	case 0:
		return text
	case 1:
		return text + " in 1 group"
	}
	return fmt.Sprintf("%s in %d groups", text, groups)
}

// Metrics says how good a classifier is on some images. Means over classes give
// every class for which they are defined the same weight, however many images it
// has; they are nil where they are defined for none.
type Metrics struct {
	Scores
	BalancedAccuracy *float64      `json:"balanced_accuracy"` // mean recall of the classes that have images
	ROCAUC           *float64      `json:"roc_auc"`           // mean over classes, each against the rest
	AveragePrecision *float64      `json:"average_precision"` // mean over classes, each against the rest
	Classes          []ClassScores `json:"classes"`
	// Confusion counts images: a row per true class, a column per predicted
	// one. It is nil for more than MaxConfusion classes.
	Confusion [][]int `json:"confusion,omitempty"`
}

// MaxConfusion is the largest number of classes with a confusion matrix.
const MaxConfusion = 1000

// ClassScores says how good a classifier is at one class. Precision, Recall and
// F1 are 0 where they would be divided by 0.
type ClassScores struct {
	Class            string   `json:"class"`
	Images           int      `json:"images"`    // of this class
	Precision        float64  `json:"precision"` // share of the images predicted to be of the class that are
	Recall           float64  `json:"recall"`    // share of the class's images that are predicted to be
	F1               float64  `json:"f1"`        // harmonic mean of both
	ROCAUC           *float64 `json:"roc_auc"`   // nil where all images are of it, or none
	AveragePrecision *float64 `json:"average_precision"`
	RecallInterval   Interval `json:"recall_interval"` // as Scores.Interval
}

// Evaluate compares probabilities, one row per image and one column per class,
// with the true classes. An image is predicted to be of its likeliest class, the
// first if several are equally likely. No images give zeros throughout. groups
// numbers the group of each image; nil means that each is one by itself.
//
// All scores are defined as in scikit-learn. ROCAUC is the area under the receiver
// operating characteristic, that is, the chance that an image of the class gets
// a higher probability for it than another image, equal ones counting half.
// AveragePrecision sums precision over the steps of recall, without
// interpolation. Brier is the mean squared distance between the probabilities
// and the truth, halved for two classes, such that it is from 0 to 1 there and
// from 0 to 2 for more. CalibrationError is the expected calibration error of
// the likeliest class's probability in 15 bins of equal width, (0, 1/15] to
// (14/15, 1]: the mean distance between probability and accuracy in a bin,
// weighted by its images (Guo et al.: On calibration of modern neural networks,
// 2017). Interval is Wilson's, for the number of independent images that the
// groups are worth: images of one group tend to be right or wrong together. It is
// an interval for images of other groups.
func Evaluate(probabilities [][]float64, labels, groups []int, classes []string) *Metrics {
	m, _ := EvaluateRows(context.Background(), func(i int) []float64 { return probabilities[i] }, labels, groups, classes)
	return m // the context does not end, and there is no other error
}

// EvaluateRows is Evaluate for probabilities that are not kept, as a table of
// them would be large for many classes: it asks for every row twice, in order,
// and a row is valid until the next is asked for. When ctx is done it returns
// ctx's cause.
func EvaluateRows(ctx context.Context, probabilities func(i int) []float64, labels, groups []int, classes []string) (*Metrics, error) {
	m := &Metrics{Classes: make([]ClassScores, len(classes))}
	if len(classes) <= MaxConfusion {
		m.Confusion = make([][]int, len(classes))
		for i := range m.Confusion {
			m.Confusion[i] = make([]int, len(classes))
		}
	}
	var all tally
	right := make([]bool, len(labels))
	predictions := make([]int, len(classes))   // of each class
	members := make([][]float64, len(classes)) // the members' probabilities of their own class
	for i, label := range labels {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		p := probabilities(i)
		predicted := all.add(p, label)
		predictions[predicted]++
		right[i] = predicted == label
		if m.Confusion != nil {
			m.Confusion[label][predicted]++
		}
		members[label] = append(members[label], p[label])
	}
	m.Scores = all.scores(ShareOf(right, groups))
	for c, recall := range SharesOf(right, labels, groups, len(classes)) {
		m.Classes[c] = ClassScores{
			Class:          classes[c],
			Images:         recall.Images,
			Precision:      ratio(recall.Count, predictions[c]),
			Recall:         recall.Share,
			F1:             ratio(2*recall.Count, predictions[c]+recall.Images),
			RecallInterval: recall.Interval,
		}
	}
	if err := rankClasses(ctx, m.Classes, members, probabilities, labels); err != nil {
		return nil, err
	}
	m.BalancedAccuracy = meanOf(m.Classes, func(c ClassScores) *float64 {
		if c.Images == 0 {
			return nil
		}
		return &c.Recall
	})
	m.ROCAUC = meanOf(m.Classes, func(c ClassScores) *float64 { return c.ROCAUC })
	m.AveragePrecision = meanOf(m.Classes, func(c ClassScores) *float64 { return c.AveragePrecision })
	return m, nil
}

// meanOf is the mean of a score over the classes that have it.
func meanOf(classes []ClassScores, score func(ClassScores) *float64) *float64 {
	var sum float64
	n := 0
	for _, c := range classes {
		if s := score(c); s != nil {
			sum += *s
			n++
		}
	}
	if n == 0 {
		return nil
	}
	mean := sum / float64(n)
	return &mean
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
