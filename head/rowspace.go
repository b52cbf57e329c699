package head

import (
	"context"
	"errors"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/head/internal/rowspace"
)

// maxReduced is the most rows that are reduced to as many values: their products
// take time and memory by the square. Only tests change it.
var maxReduced = 1500

// reducible reports whether the rows of a view become shorter by it.
func (p *problem) reducible(v view) bool {
	n := len(p.labels)
	return n <= maxReduced && n < v.matrix().Dim()
}

// grams are the products of rows of an input for one kind of head: over the columns
// of the last block, and over those of earlier ones.
type grams struct {
	kind          string
	last, earlier *mat.SymDense
}

// reduced returns the rows of a view, as a kind of logistic regression scales them,
// in as many values as there are rows.
func (v view) reduced(ctx context.Context, kind string, components int) (*rowspace.Rows, error) {
	g := &v.grams
	if g.kind != kind {
		*g = grams{kind: kind}
	}
	earlier := v.X.Dim() - v.last()
	if g.last == nil {
		var err error
		if g.last, err = v.gram(ctx, kind, earlier, v.X.Dim()); err != nil {
			return nil, err
		}
	}
	sum := mat.NewSymDense(g.last.SymmetricDim(), nil)
	sum.CopySym(g.last)
	if !v.whole() {
		if g.earlier == nil {
			var err error
			if g.earlier, err = v.gram(ctx, kind, 0, earlier); err != nil {
				return nil, err
			}
		}
		floats.AddScaled(sum.RawSymmetric().Data, v.weight*v.weight, g.earlier.RawSymmetric().Data)
	}
	if kind == LogisticUnit {
		rowspace.Unit(sum)
	}
	rows, err := rowspace.Reduce(ctx, sum, components)
	if errors.Is(err, rowspace.ErrOverflow) {
		err = logistic.ErrOverflow
	}
	return rows, err
}

// gram returns the products of rows over some columns.
func (v view) gram(ctx context.Context, kind string, from, to int) (*mat.SymDense, error) {
	columns := rowspace.Columns{X: v.X, From: from, To: to, Mean: v.mean, Factor: v.feature}
	if kind == LogisticUnit {
		columns.Mean, columns.Factor = nil, v.block
	}
	products, err := rowspace.Gram(ctx, columns)
	if errors.Is(err, rowspace.ErrOverflow) {
		err = logistic.ErrOverflow
	}
	return products, err
}
