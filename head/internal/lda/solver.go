package lda

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// wide is the solver for few rows: it keeps them.
type wide struct {
	mass float64
	rows *mat.Dense // standardised, times the root of their weight
	gram *mat.Dense // rows · rowsᵀ, whose norm is that of the scatter
}

func newWide(p *Problem, s *summary, rows []int) *wide {
	w := &wide{mass: s.mass, rows: mat.NewDense(len(rows), p.X.Dim(), nil), gram: new(mat.Dense)}
	s.fill(p, rows, w.rows)
	w.gram.Mul(w.rows, w.rows.T())
	return w
}

// fill stores standardised rows times the root of their weight.
func (s *summary) fill(p *Problem, rows []int, dst *mat.Dense) {
	for i, row := range rows {
		z := dst.RawRowView(i)
		s.standardised(p, row, z)
		root := math.Sqrt(p.weight(row))
		for j := range z {
			z[j] *= root
		}
	}
}

func (w *wide) squaredNorm() float64 { return math.Pow(mat.Norm(w.gram, 2), 2) }

// solve uses (aI + bZᵀZ)⁻¹ = (I − bZᵀ(aI + bZZᵀ)⁻¹Z) / a.
func (w *wide) solve(means *mat.Dense, shrinkage float64) (*mat.Dense, bool) {
	share := (1 - shrinkage) / w.mass
	var inner mat.Cholesky
	if !inner.Factorize(regularised(w.gram, share, shrinkage)) {
		return nil, false
	}
	var projected, solved, out mat.Dense
	projected.Mul(w.rows, means.T())
	if err := inner.SolveTo(&solved, &projected); err != nil {
		return nil, false
	}
	out.Mul(solved.T(), w.rows)
	out.Scale(-share, &out)
	out.Add(means, &out)
	out.Scale(1/shrinkage, &out)
	return &out, true
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

func (t *tall) solve(means *mat.Dense, shrinkage float64) (*mat.Dense, bool) {
	var covariance mat.Cholesky
	if !covariance.Factorize(regularised(t.scatter, (1-shrinkage)/t.mass, shrinkage)) {
		return nil, false
	}
	var solved mat.Dense
	if err := covariance.SolveTo(&solved, means.T()); err != nil {
		return nil, false
	}
	return mat.DenseCopyOf(solved.T()), true
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
