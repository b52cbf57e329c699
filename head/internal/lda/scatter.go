package lda

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/mat"
)

// scatters holds what the rows of each part, a fold or all of them, add to the
// scatter of any fit. Features are divided by their deviations over all rows. As
// parts are only added, never subtracted, an outlier does no harm to a fit that
// leaves it out.
type scatters struct {
	all   *summary
	parts []part
}

// part is Σ weight·z·zᵀ of some rows around the means that they have in each
// class.
type part struct {
	*summary
	scatter *mat.SymDense
}

func newScatters(ctx context.Context, p *Problem, rows []int, folds [][]int) (*scatters, error) {
	s := &scatters{all: summarise(ctx, p, rows)}
	if folds == nil {
		folds = [][]int{rows}
	}
	scratch := make([]float64, p.X.Dim())
	for _, rows := range folds {
		part := part{means(ctx, p, rows), mat.NewSymDense(p.X.Dim(), nil)}
		part.inverse = s.all.inverse
		err := addScatter(ctx, part.scatter, len(rows), func(i int, z []float32) {
			part.standardised(p, rows[i], scratch)
			root := math.Sqrt(p.weight(rows[i]))
			for j, v := range scratch {
				z[j] = float32(root * v)
			}
		})
		if err != nil {
			return nil, err
		}
		s.parts = append(s.parts, part)
	}
	return s, nil
}

// tall returns the solver for a fit to all parts but one, or to All. of is the
// summary of the rows that it learns from. Their scatter is the scatter around
// the means of their parts, plus the scatter of those means.
func (s *scatters) tall(ctx context.Context, of *summary, without int) (*tall, error) {
	scatter := mat.NewSymDense(len(of.centre), nil)
	type mean struct{ part, class int }
	var apart []mean
	for i, part := range s.parts {
		if i == without {
			continue
		}
		scatter.AddSym(scatter, part.scatter)
		for k, mass := range part.classMass {
			if mass > 0 && mass < of.classMass[k] {
				apart = append(apart, mean{i, k})
			}
		}
	}
	err := addScatter(ctx, scatter, len(apart), func(i int, z []float32) {
		part, class := s.parts[apart[i].part], apart[i].class
		root := math.Sqrt(part.classMass[class])
		for j := range z {
			z[j] = float32(root * (part.mean[class][j] - of.mean[class][j]) * s.all.inverse[j])
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range of.centre {
		by := s.rescale(of, i)
		for j, v := range upperRow(scatter, i) {
			scatter.SetSym(i, i+j, v*by*s.rescale(of, i+j))
		}
	}
	return &tall{mass: of.mass, scatter: scatter}, nil
}

// rescale is the factor from a feature that is divided by its deviation over all
// rows to the same divided by its deviation over some.
func (s *scatters) rescale(of *summary, feature int) float64 {
	if s.all.inverse[feature] == 0 {
		return 0
	}
	return of.inverse[feature] / s.all.inverse[feature]
}

const (
	chunkRows = 512 // rows whose products are added up in float32
	band      = 256 // features whose products with all later ones are computed at a time
)

// addScatter adds Σ z·zᵀ of n rows, which fill stores. Its error is that of ctx.
// Between two looks at it are 512·256 products of each feature.
func addScatter(ctx context.Context, dst *mat.SymDense, n int, fill func(i int, z []float32)) error {
	dim := dst.SymmetricDim()
	chunk := make([]float32, min(chunkRows, n)*dim)
	products := make([]float32, min(band, dim)*dim)
	for start := 0; start < n; start += chunkRows {
		rows := min(chunkRows, n-start)
		for i := range rows {
			fill(start+i, chunk[i*dim:(i+1)*dim])
		}
		for from := 0; from < dim; from += band {
			if err := ctx.Err(); err != nil {
				return err
			}
			width, later := min(band, dim-from), dim-from
			columns := func(count int) blas32.General {
				return blas32.General{Rows: rows, Cols: count, Stride: dim, Data: chunk[from:]}
			}
			product := blas32.General{Rows: width, Cols: later, Stride: later, Data: products}
			blas32.Gemm(blas.Trans, blas.NoTrans, 1, columns(width), columns(later), 0, product)
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
