package mlp

import (
	"context"
	"math"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// priorRows is how many rows the mean variance of all features counts for in the
// variance of each. From a few rows alone some variances come out so small that
// the feature outweighs all others in unseen rows.
const priorRows = 30

// A scaler standardises features: (x − mean) · inverse.
type scaler struct {
	mean    []float32
	inverse []float32 // 1 / standard deviation, 0 where there is none
}

// fitScaler takes means and population variances of the given rows. It is of no
// use once ctx is done.
func fitScaler(ctx context.Context, x matrix.Float32, rows []int) scaler {
	sum := make([]float64, x.Dim())
	for i := range matrix.Until(ctx, rows) {
		for j, v := range x.Row(i) {
			sum[j] += float64(v)
		}
	}
	s := scaler{mean: make([]float32, x.Dim()), inverse: make([]float32, x.Dim())}
	n := float64(len(rows))
	for j := range sum {
		s.mean[j] = float32(sum[j] / n)
		sum[j] = 0
	}
	for i := range matrix.Until(ctx, rows) {
		for j, v := range x.Row(i) {
			c := float64(v - s.mean[j])
			sum[j] += c * c
		}
	}
	var all float64
	for _, squares := range sum {
		all += squares / n
	}
	prior := priorRows * all / float64(len(sum))
	for j, squares := range sum {
		// A deviation no larger than the mean's rounding to float32 is none.
		deviation := math.Sqrt((squares + prior) / (n + priorRows))
		if deviation > 0x1p-23*math.Abs(float64(s.mean[j])) {
			s.inverse[j] = float32(1 / deviation)
		}
	}
	return s
}

func (s scaler) apply(row, dst []float32) {
	dst, mean, inverse := dst[:len(row)], s.mean[:len(row)], s.inverse[:len(row)]
	for j, v := range row {
		dst[j] = (v - mean[j]) * inverse[j]
	}
}

// fold turns a layer for standardised rows into one for rows as they are stored.
func (s scaler) fold(d *Dense) {
	for k := range d.Out {
		w := d.row(k)
		offset := float64(d.Bias[k])
		for j := range w {
			w[j] *= s.inverse[j]
			offset -= float64(w[j]) * float64(s.mean[j])
		}
		d.Bias[k] = float32(offset)
	}
}
