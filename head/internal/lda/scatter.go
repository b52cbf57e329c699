package lda

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// scatters holds Σ weight·z·zᵀ of the rows of each fold. Here z is a row less its
// class's mean, divided by the deviations, both of all rows.
type scatters struct {
	all   *summary
	total *mat.SymDense
	folds []*mat.SymDense
}

func newScatters(ctx context.Context, p *Problem, rows []int, folds [][]int) (*scatters, error) {
	s := &scatters{all: summarise(p, rows), total: mat.NewSymDense(p.X.Dim(), nil)}
	if folds == nil {
		return s, s.addRows(ctx, s.total, p, rows)
	}
	for _, rows := range folds {
		part := mat.NewSymDense(p.X.Dim(), nil)
		if err := s.addRows(ctx, part, p, rows); err != nil {
			return nil, err
		}
		s.folds = append(s.folds, part)
		s.total.AddSym(s.total, part)
	}
	return s, nil
}

func (s *scatters) addRows(ctx context.Context, dst *mat.SymDense, p *Problem, rows []int) error {
	scratch := make([]float64, p.X.Dim())
	return addScatter(ctx, dst, 1, len(rows), func(i int, z []float32) {
		s.all.standardised(p, rows[i], scratch)
		root := math.Sqrt(p.weight(rows[i]))
		for j, v := range scratch {
			z[j] = float32(root * v)
		}
	})
}

// tall returns the solver for a fit to all rows but those of a fold. of is the
// summary of the rows that it learns from: around their means they scatter less
// than around the means of all.
func (s *scatters) tall(ctx context.Context, of *summary, fold int) (*tall, error) {
	scatter := mat.NewSymDense(len(of.centre), nil)
	scatter.CopySym(s.total)
	if fold != All {
		for i := range of.centre {
			floats.Sub(upperRow(scatter, i), upperRow(s.folds[fold], i))
		}
		err := addScatter(ctx, scatter, -1, len(of.mean), func(k int, z []float32) {
			root := math.Sqrt(of.classMass[k])
			for j := range z {
				z[j] = float32(root * (of.mean[k][j] - s.all.mean[k][j]) * s.all.inverse[j])
			}
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range of.centre {
		by := s.rescale(of, i)
		for j, v := range upperRow(scatter, i) {
			scatter.SetSym(i, i+j, v*by*s.rescale(of, i+j))
		}
	}
	return &tall{mass: of.mass, scatter: scatter}, nil
}

// rescale takes a feature that is divided by its deviation over all rows to one
// divided by the deviation over some.
func (s *scatters) rescale(of *summary, feature int) float64 {
	if s.all.inverse[feature] == 0 {
		return 0
	}
	return of.inverse[feature] / s.all.inverse[feature]
}

const (
	chunkRows = 512 // whose products are added up in float32
	band      = 256 // features whose products with all later ones are made at a time
)

// addScatter adds sign · Σ z·zᵀ of n rows, which fill stores. Its error is that
// of ctx.
func addScatter(ctx context.Context, dst *mat.SymDense, sign float32, n int, fill func(i int, z []float32)) error {
	dim := dst.SymmetricDim()
	chunk := make([]float32, min(chunkRows, n)*dim)
	products := make([]float32, min(band, dim)*dim)
	for start := 0; start < n; start += chunkRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows := min(chunkRows, n-start)
		for i := range rows {
			fill(start+i, chunk[i*dim:(i+1)*dim])
		}
		for from := 0; from < dim; from += band {
			width, later := min(band, dim-from), dim-from
			columns := func(count int) blas32.General {
				return blas32.General{Rows: rows, Cols: count, Stride: dim, Data: chunk[from:]}
			}
			product := blas32.General{Rows: width, Cols: later, Stride: later, Data: products}
			blas32.Gemm(blas.Trans, blas.NoTrans, sign, columns(width), columns(later), 0, product)
			for i := range width {
				sums := upperRow(dst, from+i)
				for j, v := range products[i*later+i : (i+1)*later] {
					sums[j] += float64(v)
				}
			}
		}
	}
	return nil
}

// upperRow returns row i of a symmetric matrix from the diagonal on.
func upperRow(m *mat.SymDense, i int) []float64 {
	raw := m.RawSymmetric()
	return raw.Data[i*raw.Stride+i : i*raw.Stride+raw.N]
}
