package logistic

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A spectrum knows the directions in which the rows vary most, found by
// randomised Nyström approximation of a sample's scatter matrix (Frangella,
// Tropp, Udell: Randomized Nyström preconditioning, 2023) after one step of
// subspace iteration. With it the Hessian of any fit is nearly inverted, which makes
// L-BFGS need a fraction of its iterations: like the bound of Böhning
// (Multinomial logistic regression algorithm, 1992) it takes every class's block
// of the Hessian as a multiple of the rows' scatter matrix, but by the
// multiple that the rows' present probabilities have on average.
type spectrum struct {
	vectors rowMajor  // orthonormal, in standardised features
	values  []float64 // Σ weight·(vector·z)² over Σ weight, descending
	rest    float64   // the mean of the directions left out
	sweep   *sweep
}

const (
	leastRank  = 16
	mostRank   = 128
	sampleRows = 2048
)

// rank is the number of directions worth knowing, found by measurement: to find
// them must cost no more than the iterations that they save.
func rank(rows, outputs int) int {
	return min(max(rows*outputs/mostRank, leastRank), mostRank)
}

// rowMajor holds rows one after the other.
type rowMajor struct {
	dim    int
	values []float32
}

func (m rowMajor) Len() int            { return len(m.values) / m.dim }
func (m rowMajor) Dim() int            { return m.dim }
func (m rowMajor) Row(i int) []float32 { return m.values[i*m.dim : (i+1)*m.dim] }

// newSpectrum looks at some of the given rows, evenly spread.
func newSpectrum(p *Problem, s *scaler, rows []int, t team) (*spectrum, error) {
	sample := rows
	if len(rows) > sampleRows {
		sample = make([]int, sampleRows)
		for i := range sample {
			sample[i] = rows[i*len(rows)/sampleRows]
		}
	}
	dim := p.X.Dim()
	rank := min(rank(len(rows), outputs(p.Classes)), len(sample), dim)
	scatter := newScatter(p, s, sample, rank, t)

	chance := rand.New(rand.NewPCG(1, 0))
	basis := mat.NewDense(rank, dim, nil)
	for i := range rank * dim {
		basis.RawMatrix().Data[i] = chance.NormFloat64()
	}
	spec := &spectrum{vectors: rowMajor{dim: dim}}
	if scatter.apply(basis); !finite(basis.RawMatrix().Data) {
		return nil, ErrOverflow
	}
	if root := inverseRoot(product(basis, basis)); root != nil {
		basis = multiply(root, basis)
		image := mat.DenseCopyOf(basis)
		scatter.apply(image)
		spec.nystrom(basis, image)
	}
	if left := dim - len(spec.values); left > 0 {
		spec.rest = max(0, s.variance-floats.Sum(spec.values)) / float64(left)
	}
	spec.sweep = newSweep(spec.vectors, count(len(spec.values)), nil, outputs(p.Classes), t)
	return spec, nil
}

// nystrom takes the eigenvectors of imageᵀ·(basis·imageᵀ)⁻¹·image, the scatter's
// best approximation that is known from the image of a basis.
func (s *spectrum) nystrom(basis, image *mat.Dense) {
	root := inverseRoot(product(basis, image))
	if root == nil {
		return
	}
	inner := multiply(multiply(root, product(image, image)), mat.DenseCopyOf(root.T()))
	values, vectors := eigen(inner)
	turned := multiply(multiply(mat.DenseCopyOf(vectors.T()), root), image)
	for i := len(values) - 1; i >= 0 && values[i] > 0; i-- { // eigen's ascend
		row := turned.RawRowView(i)
		norm := floats.Norm(row, 2)
		if !(norm > 0) {
			break
		}
		s.values = append(s.values, values[i])
		for _, v := range row {
			s.vectors.values = append(s.vectors.values, float32(v/norm))
		}
	}
}

// inverseRoot returns R such that the rows of R·b are orthonormal, if m is
// b·bᵀ. It leaves out directions that rounding has spoilt; nil if all are.
func inverseRoot(m *mat.Dense) *mat.Dense {
	const spoilt = 1e-10
	values, vectors := eigen(m)
	least := spoilt * values[len(values)-1]
	var rows []float64
	for i, v := range values {
		if v > least && v > 0 {
			for j := range values {
				rows = append(rows, vectors.At(j, i)/math.Sqrt(v))
			}
		}
	}
	if rows == nil {
		return nil
	}
	return mat.NewDense(len(rows)/len(values), len(values), rows)
}

func multiply(a, b *mat.Dense) *mat.Dense {
	m := new(mat.Dense)
	m.Mul(a, b)
	return m
}

// product returns a·bᵀ.
func product(a, b *mat.Dense) *mat.Dense {
	m := new(mat.Dense)
	m.Mul(a, b.T())
	return m
}

// eigen returns the eigenvalues, ascending, and eigenvectors, as columns, of a
// matrix that is symmetric but for rounding.
func eigen(m *mat.Dense) ([]float64, *mat.Dense) {
	n, _ := m.Dims()
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			symmetric.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	var e mat.EigenSym
	if !e.Factorize(symmetric, true) {
		panic("logistic: eigenvalues of a finite matrix were not found")
	}
	vectors := new(mat.Dense)
	e.VectorsTo(vectors)
	return e.Values(nil), vectors
}
