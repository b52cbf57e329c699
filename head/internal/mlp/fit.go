package mlp

import (
	"context"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Fit trains a network on the rows of x. labels holds a class, 0 to classes-1,
// for each row; weights says how much each counts, relative to the others, and
// nil means that all count alike. None of them is changed, nor checked: rows are
// finite, and weights 0 or more with a positive sum. Its errors are those of ctx
// and ErrNotFinite.
func Fit(ctx context.Context, x matrix.Float32, labels []int, classes int, weights []float64, opt Options) (*Network, *Report, error) {
	opt.complete()
	t, err := newTrainer(ctx, x, labels, classes, normalise(weights, len(labels)), opt)
	if err != nil {
		return nil, nil, err
	}
	return t.run(ctx)
}

// normalise returns n weights whose mean is 1, in the proportions given.
func normalise(weights []float64, n int) []float64 {
	normal := make([]float64, n)
	if weights == nil {
		floats.AddConst(1, normal)
		return normal
	}
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for i, w := range weights {
		normal[i] = w / sum * float64(n)
	}
	return normal
}
