package lda

import (
	"context"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// variances returns those of the features within classes, 0 for features that
// never vary. They are shrunk towards their median: with few rows some are so
// small by chance that a feature divided by their square root would outweigh all
// others. The share of the median follows from the variances' own errors
// (Opgen-Rhein, Strimmer: Accurate ranking of differentially expressed genes by
// a distribution-free shrinkage approach, 2007).
func (s *summary) variances(ctx context.Context, p *Problem, rows []int) []float64 {
	variance, fourth := make([]float64, len(s.centre)), make([]float64, len(s.centre))
	for row := range matrix.Until(ctx, rows) {
		weight, mean := p.weight(row), s.mean[p.Labels[row]]
		for j, v := range p.X.Row(row) {
			c := float64(v) - mean[j]
			variance[j] += weight * c * c
			fourth[j] += weight * c * c * c * c
		}
	}
	var varying []float64
	var noise float64
	for j := range variance {
		variance[j] /= s.mass
		// Less than this is the rounding of a feature that never varies.
		rounding := float64(len(rows)) * s.centre[j] * 0x1p-52
		if variance[j] <= rounding*rounding {
			variance[j] = 0
			continue
		}
		varying = append(varying, variance[j])
		noise += (fourth[j]/s.mass - variance[j]*variance[j]) / s.mass
	}
	if len(varying) == 0 {
		return variance
	}
	middle := median(varying)
	var spread float64
	for _, v := range varying {
		spread += (v - middle) * (v - middle)
	}
	share := 1.0
	if noise < spread {
		share = noise / spread
	}
	for j, v := range variance {
		if v > 0 {
			variance[j] = share*middle + (1-share)*v
		}
	}
	return variance
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// standardise sets inverse, varying and fourth.
func (s *summary) standardise(ctx context.Context, p *Problem, rows []int) {
	s.inverse = s.variances(ctx, p, rows)
	for j, v := range s.inverse {
		if v > 0 {
			s.inverse[j] = 1 / math.Sqrt(v)
			s.varying++
		}
	}
	z := make([]float64, len(s.centre))
	var squares float64
	for row := range matrix.Until(ctx, rows) {
		s.standardised(p, row, z)
		var length float64
		for _, v := range z {
			length += v * v
		}
		squares += p.weight(row) * length
		s.fourth += p.weight(row) * length * length
	}
	// Shrunk variances are not those of the rows: scale their mean back to 1.
	if s.varying > 0 {
		mean := squares / s.mass / float64(s.varying)
		for j := range s.inverse {
			s.inverse[j] /= math.Sqrt(mean)
		}
		s.fourth /= mean * mean
	}
}
