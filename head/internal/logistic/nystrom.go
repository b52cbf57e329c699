package logistic

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A nystrom holds the directions in which the rows vary most, found by randomised
// Nyström approximation of a sample's scatter matrix (Frangella, Tropp, Udell:
// Randomized Nyström preconditioning, 2023) after one step of subspace iteration.
// The preconditioner made of it cuts the iterations of L-BFGS to a fraction. Like
// the bound of Böhning (Multinomial logistic regression algorithm, 1992) it takes
// every class's block of the Hessian as a multiple of the rows' scatter matrix,
// but by the multiple that the rows' current probabilities have on average.
type nystrom struct {
	vectors matrix.Dense // orthonormal, in standardised features
	values  []float64    // Σ weight·(vector·z)² over Σ weight, descending
	rest    float64      // the mean of the other directions
	pass    *dataPass

	axes bool // the vectors are the first axes
}

// principal returns the first features as the directions.
func principal(s *scaler, rank int) *nystrom {
	n := &nystrom{values: s.spread[:rank], axes: true}
	if left := len(s.mean) - rank; left > 0 {
		n.rest = max(0, s.variance-floats.Sum(n.values)) / float64(left)
	}
	return n
}

const (
	minRank    = 16
	maxRank    = 128
	sampleRows = 2048
)

// Rank is the number of directions worth finding for a Problem, chosen by measurement:
// finding them must not cost more than the iterations that they save.
func Rank(rows, classes int) int { return min(rank(rows, outputs(classes)), rows) }

func rank(rows, outputs int) int {
	return min(max(rows*outputs/maxRank, minRank), maxRank)
}

// newNystrom reads some of the given rows, evenly spread.
func newNystrom(ctx context.Context, p *Problem, s *scaler, rows []int, w workers) (*nystrom, error) {
	sample := rows
	if len(rows) > sampleRows {
		sample = make([]int, sampleRows)
		for i := range sample {
			sample[i] = rows[i*len(rows)/sampleRows]
		}
	}
	dim := p.X.Dim()
	rank := min(rank(len(rows), outputs(p.Classes)), len(sample), dim)
	scatter := newScatter(p, s, sample, rank, w)

	rng := rand.New(rand.NewPCG(1, 0))
	basis := mat.NewDense(rank, dim, nil)
	for i := range rank * dim {
		basis.RawMatrix().Data[i] = rng.NormFloat64()
	}
	n := &nystrom{vectors: matrix.Dense{Cols: dim}}
	if err := scatter.apply(ctx, basis); err != nil {
		return nil, err
	}
	if !matrix.Finite(basis.RawMatrix().Data) {
		return nil, ErrOverflow
	}
	if root := inverseRoot(product(basis, basis)); root != nil {
		basis = multiply(root, basis)
		image := mat.DenseCopyOf(basis)
		if err := scatter.apply(ctx, image); err != nil {
			return nil, err
		}
		n.approximate(basis, image)
	}
	if left := dim - len(n.values); left > 0 {
		n.rest = max(0, s.variance-floats.Sum(n.values)) / float64(left)
	}
	n.pass = newDataPass(n.vectors, count(len(n.values)), nil, outputs(p.Classes), w)
	return n, nil
}

// approximate takes the eigenvectors of imageᵀ·(basis·imageᵀ)⁻¹·image, the best
// approximation of the scatter matrix that follows from the image of a basis.
func (n *nystrom) approximate(basis, image *mat.Dense) {
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
		n.values = append(n.values, values[i])
		for _, v := range row {
			n.vectors.Data = append(n.vectors.Data, float32(v/norm))
		}
	}
}

// inverseRoot returns R such that the rows of R·b are orthonormal, if m is
// b·bᵀ. It leaves out directions that are lost in rounding; nil if all are.
func inverseRoot(m *mat.Dense) *mat.Dense {
	const lost = 1e-10
	values, vectors := eigen(m)
	least := lost * values[len(values)-1]
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
