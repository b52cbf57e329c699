// Package mlp trains a perceptron with one hidden layer on embeddings.
//
// A Trainer scales embeddings to length 1 and minimises their cross-entropy by Adam
// on small batches, for as many epochs as the caller asks for: no images are held out
// here. The Network takes embeddings of length 1: the rest of the scaling is folded
// into its first layer.
//
// There is no dropout: with many classes of few images it was measured to cost a point
// or two of accuracy, and to gain nothing elsewhere.
//
// Arithmetic is float32, sums over images of a loss float64. A trainer works on one
// core, so that several can train at the same time.
package mlp

import "gonum.org/v1/gonum/blas/blas32"

// Dense is a fully connected layer: y = Weight·x + Bias.
type Dense struct {
	In, Out int
	Weight  []float32 // Out × In, row by row
	Bias    []float32 // Out
}

// Network gives logits, one per class, for an x of length 1: Output · max(0, Hidden
// · x). In ONNX it is Gemm(transB=1), Relu, Gemm(transB=1).
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
