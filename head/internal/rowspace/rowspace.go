// Package rowspace turns rows of many values into rows of as many values as there
// are rows, with the same products but for rounding: linear models with an L2
// penalty do on them what they do on the rows themselves, at a fraction of the cost.
//
// Gram computes the products of rows over some columns, once. Weighted sums of
// Grams are those of columns that are weighted; so each further weighting costs no
// pass over the rows.
package rowspace

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// ErrOverflow says that products of rows are not finite.
var ErrOverflow = errors.New("embeddings are too large, or too near to zero, for float32 arithmetic")

// Columns are columns from, …, to-1 of a matrix, each less mean and times factor.
type Columns struct {
	X            matrix.Float32
	From, To     int
	Mean, Factor []float64 // of all columns of X; a nil Mean is 0
}

// columnBlock is how many columns are copied at a time.
const columnBlock = 256

// Gram returns the products of all rows, in float32 within each 256 columns. Its
// errors are those of ctx and ErrOverflow.
func Gram(ctx context.Context, c Columns) (*mat.SymDense, error) {
	n := c.X.Len()
	sum := mat.NewSymDense(n, nil)
	part := matrix.New(n, min(columnBlock, c.To-c.From))
	products := blas32.Symmetric{N: n, Stride: n, Data: make([]float32, n*n), Uplo: blas.Upper}
	for from := c.From; from < c.To; from += columnBlock {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		width := min(columnBlock, c.To-from)
		for i := range n {
			dst := part.Row(i)[:width]
			for j, v := range c.X.Row(i)[from : from+width] {
				v := float64(v)
				if c.Mean != nil {
					v -= c.Mean[from+j]
				}
				dst[j] = float32(v * c.Factor[from+j])
			}
		}
		columns := blas32.General{Rows: n, Cols: width, Stride: part.Cols, Data: part.Data}
		blas32.Syrk(blas.NoTrans, 1, columns, 0, products)
		raw := sum.RawSymmetric()
		for i := range n {
			dst := raw.Data[i*n+i : (i+1)*n]
			for j, v := range products.Data[i*n+i : (i+1)*n] {
				dst[j] += float64(v)
			}
		}
	}
	if !matrix.Finite(sum.RawSymmetric().Data) {
		return nil, ErrOverflow
	}
	return sum, ctx.Err()
}

// Unit divides each row and column by the length of its row, so that the products
// are those of rows of length 1. Rows of zeros stay.
func Unit(gram *mat.SymDense) {
	n := gram.SymmetricDim()
	factor := make([]float64, n)
	for i := range n {
		factor[i] = 1
		if square := gram.At(i, i); square > 0 {
			factor[i] = 1 / math.Sqrt(square)
		}
	}
	scale(gram, factor)
}

func scale(gram *mat.SymDense, factor []float64) {
	raw := gram.RawSymmetric()
	for i := range raw.N {
		row := raw.Data[i*raw.Stride : i*raw.Stride+raw.N]
		for j := i; j < raw.N; j++ {
			row[j] *= factor[i] * factor[j]
		}
	}
}

// Rows are rows whose products are those of a Gram, less the mean of all rows.
type Rows struct {
	matrix.Dense
	factor *mat.Cholesky
	turn   blas64.General // Householder vectors
	tau    []float64
}

// jitter is added to the squared length of each row, as a share of their mean:
// the products of rows less their mean are singular.
const jitter = 1e-6

// Reduce returns such rows, of as many values. So many of the first values as
// components says are nearly those of the rows' principal components. Its errors are
// those of ctx and ErrOverflow. It uses gram up.
func Reduce(ctx context.Context, gram *mat.SymDense, components int) (*Rows, error) {
	n := gram.SymmetricDim()
	centre(gram)
	more := jitter * mat.Trace(gram) / float64(n)
	for i := range n {
		gram.SetSym(i, i, gram.At(i, i)+math.Max(more, math.SmallestNonzeroFloat32))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &Rows{Dense: matrix.New(n, n), factor: new(mat.Cholesky)}
	if !r.factor.Factorize(gram) {
		return nil, ErrOverflow
	}
	lower := mat.NewDense(n, n, nil)
	upper := r.factor.RawU().(*mat.TriDense).RawTriangular()
	for i := range n {
		for j, v := range upper.Data[i*upper.Stride+i : i*upper.Stride+n] {
			lower.Set(i+j, i, v)
		}
	}
	r.findTurn(gram, lower, components)
	r.turned(blas.Right, blas.NoTrans, lower.RawMatrix())
	for i, v := range lower.RawMatrix().Data {
		r.Data[i] = float32(v)
	}
	return r, ctx.Err()
}

// findTurn finds the axes that the rows vary most along, by two steps of subspace
// iteration from random directions, and how to turn the rows' axes to them.
func (r *Rows) findTurn(gram *mat.SymDense, lower *mat.Dense, components int) {
	n := gram.SymmetricDim()
	rng := rand.New(rand.NewPCG(1, 0))
	basis := mat.NewDense(n, components, nil)
	for i := range basis.RawMatrix().Data {
		basis.RawMatrix().Data[i] = rng.NormFloat64()
	}
	var image, axes mat.Dense
	for range 2 {
		image.Mul(gram, basis)
		orthonormal(&image, basis)
	}
	// The basis has the rows' coordinates; axes are its directions among their values.
	axes.Mul(lower.T(), basis)
	var products mat.SymDense
	products.SymOuterK(1, axes.T())
	var e mat.EigenSym
	if !e.Factorize(&products, true) {
		panic("rowspace: eigenvalues of a finite matrix were not found")
	}
	var vectors, ascending mat.Dense
	e.VectorsTo(&vectors)
	ascending.Mul(&axes, &vectors)
	descending := mat.NewDense(n, components, nil)
	for i := range n {
		for j := range components {
			descending.Set(i, j, ascending.At(i, components-1-j))
		}
	}
	r.turn, r.tau = descending.RawMatrix(), make([]float64, components)
	work := make([]float64, components*blockSize)
	lapack64.Geqrf(r.turn, r.tau, work, len(work))
}

const blockSize = 64

// orthonormal stores an orthonormal basis of the columns of a, which it uses up.
func orthonormal(a, dst *mat.Dense) {
	n, k := a.Dims()
	raw, tau, work := a.RawMatrix(), make([]float64, k), make([]float64, k*blockSize)
	lapack64.Geqrf(raw, tau, work, len(work))
	lapack64.Orgqr(raw, tau, work, len(work))
	for i := range n {
		copy(dst.RawRowView(i), raw.Data[i*raw.Stride:i*raw.Stride+k])
	}
}

// turned multiplies m by the turn in place.
func (r *Rows) turned(side blas.Side, trans blas.Transpose, m blas64.General) {
	work := make([]float64, max(m.Rows, m.Cols)*blockSize)
	lapack64.Ormqr(side, trans, r.turn, r.tau, m, work, len(work))
}

func centre(gram *mat.SymDense) {
	n := gram.SymmetricDim()
	mean, all := make([]float64, n), 0.0
	for i := range n {
		for j := range n {
			mean[i] += gram.At(i, j) / float64(n)
		}
		all += mean[i] / float64(n)
	}
	raw := gram.RawSymmetric()
	for i := range n {
		for j := i; j < n; j++ {
			raw.Data[i*raw.Stride+j] += all - mean[i] - mean[j]
		}
	}
}

// Combine turns the weights of a linear model of these rows, one line of as many
// values as rows for each output, into the coefficients with which the rows
// themselves, less their mean, add up to its weights. It returns nil where rounding
// leaves none.
func (r *Rows) Combine(weights []float64) []float64 {
	n := r.Len()
	outputs := len(weights) / n
	w := mat.DenseCopyOf(mat.NewDense(outputs, n, weights))
	r.turned(blas.Right, blas.Trans, w.RawMatrix())
	solved := new(mat.Dense)
	// K = UᵀU, rows are those of Uᵀ: coefficients solve U·a = w.
	if err := solved.Solve(r.factor.RawU(), w.T()); err != nil {
		var condition mat.Condition
		if !errors.As(err, &condition) {
			return nil
		}
	}
	out := make([]float64, len(weights))
	for i := range n {
		for k := range outputs {
			out[k*n+i] = solved.At(i, k)
		}
	}
	if !matrix.Finite(out) {
		return nil
	}
	return out
}
