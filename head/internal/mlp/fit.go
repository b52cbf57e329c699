package mlp

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Fit trains a network on the rows of x. labels holds a class, 0 to classes-1,
// for each row; weights says how much each counts, relative to the others, and
// nil that all count alike. None of them is changed. Soon after ctx is done Fit
// returns its error.
func Fit(ctx context.Context, x Matrix, labels []int, classes int, weights []float64, opt Options) (*Network, *Report, error) {
	if err := opt.complete(); err != nil {
		return nil, nil, err
	}
	if err := checkLabels(x, labels, classes); err != nil {
		return nil, nil, err
	}
	weights, err := normalise(weights, len(labels))
	if err != nil {
		return nil, nil, err
	}
	return newTrainer(x, labels, classes, weights, opt).run(ctx)
}

func checkLabels(x Matrix, labels []int, classes int) error {
	switch {
	case x.Len() != len(labels):
		return fmt.Errorf("there are %d embeddings and %d labels", x.Len(), len(labels))
	case len(labels) == 0:
		return errors.New("there are no embeddings")
	case x.Dim() < 1:
		return errors.New("embeddings are empty")
	}
	for i, label := range labels {
		if label < 0 || label >= classes {
			return fmt.Errorf("label %d of embedding %d is none of the %d classes", label, i, classes)
		}
	}
	return nil
}

// normalise returns n weights whose mean is 1, in the proportions given.
func normalise(weights []float64, n int) ([]float64, error) {
	normal := make([]float64, n)
	if weights == nil {
		for i := range normal {
			normal[i] = 1
		}
		return normal, nil
	}
	if len(weights) != n {
		return nil, fmt.Errorf("there are %d embeddings and %d weights", n, len(weights))
	}
	var sum float64
	for i, w := range weights {
		if !(w >= 0) {
			return nil, fmt.Errorf("bad weight %v of embedding %d: it must be 0 or more", w, i)
		}
		sum += w
	}
	if !(sum > 0 && sum <= math.MaxFloat64) {
		return nil, fmt.Errorf("weights add up to %v", sum)
	}
	for i, w := range weights {
		normal[i] = w / sum * float64(n)
	}
	return normal, nil
}
