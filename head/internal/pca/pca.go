// Package pca finds the directions in which rows vary most.
package pca

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// Components are the coordinates of rows along the principal directions.
type Components struct {
	Scores *mat.Dense // a row for each row, a column for each direction, the widest first
	Shares []float64  // of the variance of all rows, for each direction
}

// extra directions and steps make the last of the wanted ones exact enough for a
// picture.
const (
	extra = 10
	steps = 2
)

// Find centres the rows of x, in place, and returns their coordinates along so many
// directions, or fewer where there are no more. It is the randomised subspace
// iteration of Halko, Martinsson, Tropp: Finding structure with randomness, 2011,
// algorithms 4.4 and 5.1. Of each direction, the coordinate with the largest absolute
// value is positive. The result depends on x alone.
func Find(x *mat.Dense, directions int) Components {
	n, dim := x.Dims()
	total := centre(x)
	width := min(directions+extra, n, dim)
	directions = min(directions, width)
	rng := rand.New(rand.NewPCG(1, 0))
	basis := mat.NewDense(dim, width, nil)
	for i := range basis.RawMatrix().Data {
		basis.RawMatrix().Data[i] = rng.NormFloat64()
	}
	image := new(mat.Dense)
	image.Mul(x, basis)
	for range steps {
		orthonormalise(image)
		basis.Mul(x.T(), image)
		orthonormalise(basis)
		image.Mul(x, basis)
	}
	orthonormalise(image)
	basis.Mul(x.T(), image) // (imageᵀ·x)ᵀ
	var svd mat.SVD
	svd.Factorize(basis, mat.SVDThin)
	var turn mat.Dense
	svd.VTo(&turn)
	values := svd.Values(nil)
	scores := new(mat.Dense)
	scores.Mul(image, turn.Slice(0, width, 0, directions))
	c := Components{Scores: scores}
	for j := range directions {
		sign := orientation(scores, j)
		for i := range n {
			scores.Set(i, j, sign*values[j]*scores.At(i, j))
		}
		share := 0.0
		if total > 0 {
			share = values[j] * values[j] / total
		}
		c.Shares = append(c.Shares, share)
	}
	return c
}

// centre takes the mean from each column, and returns the sum of squares that is left.
func centre(x *mat.Dense) (total float64) {
	n, dim := x.Dims()
	mean := make([]float64, dim)
	for i := range n {
		for j, v := range x.RawRowView(i) {
			mean[j] += v / float64(n)
		}
	}
	for i := range n {
		row := x.RawRowView(i)
		for j := range row {
			row[j] -= mean[j]
			total += row[j] * row[j]
		}
	}
	return total
}

// orthonormalise replaces the columns by an orthonormal basis.
func orthonormalise(m *mat.Dense) {
	n, width := m.Dims()
	var qr mat.QR
	qr.Factorize(m)
	thin := mat.NewDense(n, width, nil)
	for j := range width {
		thin.Set(j, j, 1)
	}
	var q mat.Dense
	qr.QTo(&q)
	m.Mul(&q, thin)
}

// orientation is the sign of the column's value that is farthest from 0.
func orientation(m *mat.Dense, column int) float64 {
	n, _ := m.Dims()
	farthest := 0.0
	for i := range n {
		if v := m.At(i, column); math.Abs(v) > math.Abs(farthest) {
			farthest = v
		}
	}
	if farthest < 0 {
		return -1
	}
	return 1
}
