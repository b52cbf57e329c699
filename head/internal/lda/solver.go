package lda

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// wide is the solver for few rows: it keeps them.
type wide struct {
	mass float64
	rows *mat.Dense // standardised, times the square root of their weight
	gram *mat.Dense // rows · rowsᵀ, which has the norm of the scatter
}

func newWide(ctx context.Context, p *Problem, s *summary, rows []int) (*wide, error) {
	w := &wide{mass: s.mass, rows: mat.NewDense(len(rows), p.X.Dim(), nil), gram: new(mat.Dense)}
	for i, row := range rows {
		z := w.rows.RawRowView(i)
		s.standardised(p, row, z)
		floats.Scale(math.Sqrt(p.weight(row)), z)
	}
	w.gram.Mul(w.rows, w.rows.T())
	return w, ctx.Err()
}

func (w *wide) squaredNorm() float64 { return math.Pow(mat.Norm(w.gram, 2), 2) }

// solve uses (aI + bZᵀZ)⁻¹ = (I − bZᵀ(aI + bZZᵀ)⁻¹Z) / a.
func (w *wide) solve(ctx context.Context, means *mat.Dense, shrinkage float64) (*mat.Dense, error) {
	share := (1 - shrinkage) / w.mass
	inner, err := factorise(ctx, regularised(w.gram, share, shrinkage))
	if err != nil {
		return nil, err
	}
	var projected, solved, out mat.Dense
	projected.Mul(w.rows, means.T())
	if err := inner.SolveTo(&solved, &projected); err != nil {
		return nil, ErrOverflow
	}
	out.Mul(solved.T(), w.rows)
	out.Scale(-share, &out)
	out.Add(means, &out)
	out.Scale(1/shrinkage, &out)
	return &out, ctx.Err()
}

// tall is the solver for many rows: it keeps their scatter.
type tall struct {
	mass    float64
	scatter *mat.SymDense
}

func (t *tall) squaredNorm() float64 {
	var sum float64
	for i := range t.scatter.SymmetricDim() {
		row := upperRow(t.scatter, i)
		sum += 2*floats.Dot(row, row) - row[0]*row[0]
	}
	return sum
}

func (t *tall) solve(ctx context.Context, means *mat.Dense, shrinkage float64) (*mat.Dense, error) {
	covariance, err := factorise(ctx, regularised(t.scatter, (1-shrinkage)/t.mass, shrinkage))
	if err != nil {
		return nil, err
	}
	classes, dim := means.Dims()
	out := mat.NewDense(classes, dim, nil)
	for from := 0; from < classes; from += solveBlock {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+solveBlock, classes)
		var solved mat.Dense
		if err := covariance.SolveTo(&solved, means.Slice(from, to, 0, dim).T()); err != nil {
			return nil, ErrOverflow
		}
		out.Slice(from, to, 0, dim).(*mat.Dense).Copy(solved.T())
	}
	return out, nil
}

// solveBlock is how many classes are solved for between two looks at the
// context: 2,048 features take a fraction of a second. No class depends on the
// others.
const solveBlock = 64

// factorise returns the Cholesky factor of m, which it owns. The factorisation
// itself cannot be interrupted and takes seconds for 4,096 features or more, so
// that when ctx is done it is abandoned: it goes on for that long, touches
// nothing but m, and its result is dropped.
func factorise(ctx context.Context, m *mat.SymDense) (*mat.Cholesky, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	factor, done := new(mat.Cholesky), make(chan bool, 1)
	go func() { done <- factor.Factorize(m) }()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case ok := <-done:
		if !ok {
			return nil, ErrOverflow
		}
		return factor, nil
	}
}

// regularised returns share·m + diagonal·I of a symmetric m.
func regularised(m mat.Matrix, share, diagonal float64) *mat.SymDense {
	n, _ := m.Dims()
	out := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			v := share * m.At(i, j)
			if i == j {
				v += diagonal
			}
			out.SetSym(i, j, v)
		}
	}
	return out
}
