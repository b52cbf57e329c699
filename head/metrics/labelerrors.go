package metrics

import (
	"cmp"
	"context"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// SuspectedLabel is an image whose label is probably wrong.
type SuspectedLabel struct {
	Image       int     // by index
	Class       int     // the likeliest
	Probability float64 // of the label
}

// maxLabelProbability is the largest probability of a label that is suspected.
const maxLabelProbability = 0.05

// SuspectedLabels returns the images whose labels are probably wrong, the most
// suspect first: those whose label has a low probability. The probabilities must
// be calibrated, and given by a classifier that has not seen the image. A row of
// them is valid until the next is asked for. When ctx is done it returns ctx's
// cause.
func SuspectedLabels(ctx context.Context, probabilities func(i int) []float64, labels []int) ([]SuspectedLabel, error) {
	var suspects []SuspectedLabel
	for i, label := range labels {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		p := probabilities(i)
		if p[label] <= maxLabelProbability {
			suspects = append(suspects, SuspectedLabel{i, floats.MaxIdx(p), p[label]})
		}
	}
	slices.SortStableFunc(suspects, func(a, b SuspectedLabel) int { return cmp.Compare(a.Probability, b.Probability) })
	return suspects, nil
}
