// Package ood detects images that belong to none of a head's classes
// (out-of-distribution images) by their embeddings.
//
// The score, shown to users as the unknown score, is the mean cosine distance to
// the nearest reference embeddings, which are some of the training images: low
// near what the head has learnt, high elsewhere, whatever class the head
// predicts. Fit chooses the references and the threshold; New restores them from
// a head file.
//
// On the photos used to choose it, it separated flowers from cats and dogs better
// than Mahalanobis distance with shrinkage did. It needs no covariance and works
// with few images.
package ood

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas32"
)

// Parameters are the numbers of a Model, for a head file to keep. In ONNX:
//
//	unit  = Div(embedding, Max(ReduceL2(embedding), 1e-12))
//	close = MatMul(unit, Transpose(DequantizeLinear(References, Scales, axis=0)))
//	score = Sub(1, ReduceMean(TopK(close, Neighbours)))
type Parameters struct {
	Dim        int       // length of an embedding
	Neighbours int       // how many nearest references count
	Threshold  float64   // images that score above it belong to none of the classes
	References []int8    // rows of length Dim, one after the other
	Scales     []float32 // one per row: scale · row has length 1
}

// A Model scores embeddings. It may be used by several goroutines at once.
type Model struct {
	parameters Parameters
	references []float32 // rows, scaled
}

// minNorm replaces smaller lengths, so that an embedding of zeros is orthogonal
// to all others.
const minNorm = 1e-12

// New checks the parameters, which may come from a damaged file, and returns
// their model. It keeps the slices.
func New(p Parameters) (*Model, error) {
	rows := len(p.Scales)
	switch {
	case p.Dim < 1 || rows < 1:
		return nil, errors.New("there are no reference embeddings")
	case len(p.References)%p.Dim != 0 || len(p.References)/p.Dim != rows:
		return nil, fmt.Errorf("%d numbers are not %d reference embeddings of length %d", len(p.References), rows, p.Dim)
	case p.Neighbours < 1 || p.Neighbours > rows:
		return nil, fmt.Errorf("bad number of neighbours %d among %d reference embeddings", p.Neighbours, rows)
	case math.IsNaN(p.Threshold) || math.IsInf(p.Threshold, 0):
		return nil, fmt.Errorf("bad threshold %v", p.Threshold)
	}
	m := &Model{p, alignedFloats(len(p.References))}
	for i, scale := range p.Scales {
		if !(scale > 0 && scale <= 1) {
			return nil, fmt.Errorf("bad scale %v of reference embedding %d", scale, i)
		}
		for j, v := range p.References[i*p.Dim : (i+1)*p.Dim] {
			m.references[i*p.Dim+j] = scale * float32(v)
		}
	}
	return m, nil
}

// Parameters returns the numbers from which New makes the same model. The model
// keeps using them; they must not be changed.
func (m *Model) Parameters() Parameters { return m.parameters }

// Score returns the mean cosine distance from an embedding to its nearest
// references, 0 to 2. It panics if row is not of length Dim.
func (m *Model) Score(row []float32) float64 {
	return m.scoreWithout(row, nil, 0)
}

// distance returns the distance of an embedding of length 1 to a reference, as
// Nearness describes it. It is not from their similarity, which has few of its
// digits near 1.
func (m *Model) distance(unit blas32.Vector, reference int) float64 {
	var squares, rounded float64
	for j, v := range m.reference(reference).Data {
		difference := float64(unit.Data[j]) - float64(v)
		squares += difference * difference
		if v != 0 {
			rounded++
		}
	}
	// A number that is rounded to whole steps is wrong by step²/12 in the mean
	// square, but for zeros, of which embeddings have many.
	step := float64(m.parameters.Scales[reference])
	return math.Sqrt(max(0, squares-rounded*step*step/12))
}

func (m *Model) check(row []float32) {
	if len(row) != m.parameters.Dim {
		panic("ood: embedding of the wrong length")
	}
}

// scoreWithout is Score without the references of one group. groups numbers those
// of all references; nil takes all references.
func (m *Model) scoreWithout(row []float32, groups []int, group int) float64 {
	m.check(row)
	unit := normalised(row)
	nearest := make(closest, 0, m.parameters.Neighbours)
	for i := range m.parameters.Scales {
		if groups == nil || groups[i] != group {
			nearest.offer(blas32.Dot(unit, m.reference(i)))
		}
	}
	return 1 - nearest.mean()
}

func (m *Model) reference(i int) blas32.Vector {
	dim := m.parameters.Dim
	return vector(m.references[i*dim : (i+1)*dim])
}

// normalised returns row scaled to length 1.
func normalised(row []float32) blas32.Vector {
	var squares float64
	for _, v := range row {
		squares += float64(v) * float64(v)
	}
	unit := alignedFloats(len(row))
	inverse := 1 / max(math.Sqrt(squares), minNorm)
	for j, v := range row {
		unit[j] = float32(float64(v) * inverse)
	}
	return vector(unit)
}

// alignedFloats returns n zeros at an address divisible by 16. Go may place less
// than 32 bytes anywhere, and gonum's dot product adds up in another order where
// its second vector is not aligned.
func alignedFloats(n int) []float32 { return make([]float32, n, max(n, 8)) }

func vector(values []float32) blas32.Vector {
	return blas32.Vector{N: len(values), Inc: 1, Data: values}
}

// closest holds the largest similarities offered, up to its capacity, in
// descending order.
type closest []float32

func (c *closest) offer(v float32) {
	if len(*c) == cap(*c) {
		if v <= (*c)[len(*c)-1] {
			return
		}
		*c = (*c)[:len(*c)-1]
	}
	at := len(*c)
	for at > 0 && (*c)[at-1] < v {
		at--
	}
	*c = append(*c, 0)
	copy((*c)[at+1:], (*c)[at:])
	(*c)[at] = v
}

func (c closest) mean() float64 {
	var sum float64
	for _, v := range c {
		sum += float64(v)
	}
	return sum / float64(len(c))
}
