package logistic

import "math"

// A scaler standardises features: (x − mean) / scale. It is never applied to a
// row; it is folded into the weights instead, so that rows are used as they
// are stored.
type scaler struct {
	mean  []float64
	scale []float64 // +Inf for a constant feature: its weight stays 0
}

// fitScaler takes mean and population standard deviation of the given rows, as
// scikit-learn's StandardScaler does.
func fitScaler(x Matrix, rows []int) scaler {
	s := scaler{mean: make([]float64, x.Dim()), scale: make([]float64, x.Dim())}
	n := float64(len(rows))
	for _, i := range rows {
		for j, v := range x.Row(i) {
			s.mean[j] += float64(v)
		}
	}
	for j := range s.mean {
		s.mean[j] /= n
	}
	for _, i := range rows {
		for j, v := range x.Row(i) {
			c := float64(v) - s.mean[j]
			s.scale[j] += c * c
		}
	}
	for j, sum := range s.scale {
		if isConstant(s.mean[j], sum/n, n) {
			s.scale[j] = math.Inf(1)
		} else {
			s.scale[j] = math.Sqrt(sum / n)
		}
	}
	return s
}

// isConstant tells whether a variance is no more than the rounding error made
// in computing it, by the bound of scikit-learn's _is_constant_feature (Chan,
// Golub, LeVeque: Algorithms for computing the sample variance, 1983).
func isConstant(mean, variance, n float64) bool {
	const epsilon = 0x1p-52
	rounding := n * mean * epsilon
	return variance <= n*epsilon*variance+rounding*rounding
}
