// Package mlp trains a perceptron with one hidden layer on embeddings.
//
// Fit standardises the embeddings, holds some back to tell when to stop, and
// minimises the cross-entropy of the others by Adam on small batches. The
// Network it returns takes embeddings as they are: the standardisation is folded
// into its first layer.
//
// Dropout is by groups: at every step the hidden units are dealt by chance into
// a few groups of equal size, and so are the rows of the batch, each group of
// which learns with one group of units. That a row's units are chosen together
// with those of others keeps all work in products of dense matrices, as found by
// Graham, Reizenstein and Robinson: Efficient batchwise dropout training using
// submatrices, 2015; that every unit is in some group leaves none idle.
//
// Arithmetic is float32, sums over images of a loss float64. What a worker adds
// up depends on the shape of the problem alone, so the same input and seed give
// the same bytes on any number of workers.
package mlp

import "gonum.org/v1/gonum/blas/blas32"

// Matrix is a table of embeddings, one row per image. Rows are only read, and
// are read by several goroutines at once; they may lie in a memory-mapped file.
type Matrix interface {
	// Len is the number of rows.
	Len() int
	// Dim is the number of values in each row.
	Dim() int
	// Row returns row i, of length Dim. It is not modified.
	Row(i int) []float32
}

// Dense is a fully connected layer: y = Weight·x + Bias.
type Dense struct {
	In, Out int
	Weight  []float32 // Out × In, row by row
	Bias    []float32 // Out
}

// Network gives logits, one per class: Output · max(0, Hidden · x). In ONNX it
// is Gemm(transB=1), Relu, Gemm(transB=1).
type Network struct {
	Hidden Dense
	Output Dense
}

func newDense(in, out int) Dense {
	return Dense{in, out, make([]float32, in*out), make([]float32, out)}
}

func (d *Dense) row(k int) []float32 { return d.Weight[k*d.In : (k+1)*d.In] }

func vector(values []float32) blas32.Vector {
	return blas32.Vector{N: len(values), Inc: 1, Data: values}
}
