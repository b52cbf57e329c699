package mlp

import (
	"context"
	"math"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

const (
	// minNorm replaces smaller lengths, so that zeros stay zeros.
	minNorm = 1e-12
	// minDeviation replaces smaller ones, which are rounding: values of a row of
	// length 1 have it where all rows are alike.
	minDeviation = 1e-7
)

// A scaler makes rows of length 1, subtracts their mean and divides all features by
// one number, which makes their mean variance 1. A deviation for each feature does
// worse: over few rows many are small by chance.
type scaler struct {
	lengths []float32 // of all rows, as they are stored
	mean    []float32
	inverse float32
}

// fitScaler takes mean and variance of the given rows. It is of no use once ctx is
// done.
func fitScaler(ctx context.Context, x matrix.Float32, rows []int) scaler {
	s := scaler{lengths: make([]float32, x.Len()), mean: make([]float32, x.Dim())}
	sum := make([]float64, x.Dim())
	var squares float64 // of rows that are scaled
	for i := range matrix.Until(ctx, rows) {
		var length float64
		for _, v := range x.Row(i) {
			length += float64(v) * float64(v)
		}
		length = max(math.Sqrt(length), minNorm)
		s.lengths[i] = float32(length)
		for j, v := range x.Row(i) {
			u := float64(v) / length
			sum[j] += u
			squares += u * u
		}
	}
	n := float64(len(rows))
	variance := squares / n
	for j := range sum {
		mean := sum[j] / n
		variance -= mean * mean
		s.mean[j] = float32(mean)
	}
	deviation := math.Sqrt(max(variance, 0) / float64(len(sum)))
	s.inverse = float32(1 / max(deviation, minDeviation))
	return s
}

// apply scales row i of x.
func (s scaler) apply(x matrix.Float32, i int, dst []float32) {
	row := x.Row(i)
	dst, mean := dst[:len(row)], s.mean[:len(row)]
	length := s.lengths[i]
	for j, v := range row {
		dst[j] = (v/length - mean[j]) * s.inverse
	}
}

// fold turns a layer for scaled rows into one for rows of length 1.
func (s scaler) fold(d *Dense) {
	for k := range d.Out {
		w := d.row(k)
		offset := float64(d.Bias[k])
		for j := range w {
			w[j] *= s.inverse
			offset -= float64(w[j]) * float64(s.mean[j])
		}
		d.Bias[k] = float32(offset)
	}
}
