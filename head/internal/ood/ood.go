// Package unknown tells images that belong to none of a head's classes by their
// embeddings.
//
// The score is the mean cosine distance to the nearest reference embeddings,
// which are a part of the training images: low near what the head has learnt,
// high elsewhere, whatever the head makes of it. Fit chooses the references and
// the threshold; New takes them back from a head file.
//
// On the photos this was chosen by, it parted flowers from cats and dogs better
// than Mahalanobis distance with shrinkage did, needs no covariance and works
// with few images.
package unknown

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/digitalinnovationone/headstart/head/internal/aligned"
)

// Parameters are the numbers of a Model, for a head file to keep. In ONNX:
//
//	unit  = Div(embedding, Max(ReduceL2(embedding), 1e-12))
//	close = MatMul(unit, Transpose(DequantizeLinear(References, Scales, axis=0)))
//	score = Sub(1, ReduceMean(TopK(close, Neighbours)))
type Parameters struct {
	Dim        int       // length of an embedding
	Neighbours int       // how many nearest references count
	Threshold  float64   // images that score above it are of none of the classes
	References []int8    // rows of length Dim, one after the other
	Scales     []float32 // one per row: scale · row has length 1
}

// A Model scores embeddings. It may be used by several goroutines at once.
type Model struct {
	parameters Parameters
	references []float32 // rows, scaled
}

// minNorm is put in the place of smaller lengths, so that an embedding of zeros
// is at a right angle to all.
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
	m := &Model{p, aligned.Floats(len(p.References))}
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

// Parameters returns the numbers that New makes the same model of. They are the
// model's own: they are not to be changed.
func (m *Model) Parameters() Parameters { return m.parameters }

// Score returns the mean cosine distance from an embedding to its nearest
// references, 0 to 2. It panics if row is not of length Dim.
func (m *Model) Score(row []float32) float64 {
	return m.scoreBut(row, -1)
}

// scoreBut is Score with one reference left out, that of row itself.
func (m *Model) scoreBut(row []float32, but int) float64 {
	if len(row) != m.parameters.Dim {
		panic("unknown: embedding of the wrong length")
	}
	unit := normalised(row)
	nearest := make(closest, 0, m.parameters.Neighbours)
	for i := range m.parameters.Scales {
		if i != but {
			nearest.offer(blas32.Dot(unit, m.reference(i)))
		}
	}
	return 1 - nearest.mean()
}

func (m *Model) reference(i int) blas32.Vector {
	dim := m.parameters.Dim
	return vector(m.references[i*dim : (i+1)*dim])
}

// normalised returns row at length 1.
func normalised(row []float32) blas32.Vector {
	var squares float64
	for _, v := range row {
		squares += float64(v) * float64(v)
	}
	unit := aligned.Floats(len(row))
	inverse := 1 / max(math.Sqrt(squares), minNorm)
	for j, v := range row {
		unit[j] = float32(float64(v) * inverse)
	}
	return vector(unit)
}

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
