package lda

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A summary is the result of two passes over the rows.
type summary struct {
	mass      float64 // sum of weights
	classMass []float64
	mean      [][]float64 // by class; the centre for a class without rows
	centre    []float64   // mean of all rows
	inverse   []float64   // what makes features' mean variance within classes 1; 0 for a constant feature
	varying   int         // features that are not constant
	fourth    float64     // Σ weight · ‖z‖⁴ of standardised rows
}

func (p *Problem) weight(row int) float64 {
	if p.Weights == nil {
		return 1
	}
	return p.Weights[row]
}

// weighty returns those of the rows that count.
func (p *Problem) weighty(rows []int) []int {
	return slices.DeleteFunc(slices.Clone(rows), func(row int) bool { return p.weight(row) == 0 })
}

// summarise reads the rows. What it returns is of no use once ctx is done.
func summarise(ctx context.Context, p *Problem, rows []int) *summary {
	s := means(ctx, p, rows)
	s.standardise(ctx, p, rows)
	return s
}

// means returns a summary without inverse, varying and fourth.
func means(ctx context.Context, p *Problem, rows []int) *summary {
	s := &summary{
		classMass: make([]float64, p.Classes),
		mean:      make([][]float64, p.Classes),
		centre:    make([]float64, p.X.Dim()),
	}
	for row := range matrix.Until(ctx, rows) {
		weight, class := p.weight(row), p.Labels[row]
		if s.mean[class] == nil {
			s.mean[class] = make([]float64, p.X.Dim())
		}
		s.mass += weight
		s.classMass[class] += weight
		for j, v := range p.X.Row(row) {
			s.mean[class][j] += weight * float64(v)
			s.centre[j] += weight * float64(v)
		}
	}
	for j := range s.centre {
		s.centre[j] /= s.mass
	}
	for k, mean := range s.mean {
		if s.classMass[k] == 0 {
			s.mean[k] = s.centre
			continue
		}
		for j := range mean {
			mean[j] /= s.classMass[k]
		}
	}
	return s
}

// standardised stores a row less its class's mean, divided by the standard
// deviations.
func (s *summary) standardised(p *Problem, row int, dst []float64) {
	mean := s.mean[p.Labels[row]]
	for j, v := range p.X.Row(row) {
		dst[j] = (float64(v) - mean[j]) * s.inverse[j]
	}
}

// scaledMeans returns the classes' means less the mean of all, standardised.
func (s *summary) scaledMeans() *mat.Dense {
	means := mat.NewDense(len(s.mean), len(s.centre), nil)
	for k, mean := range s.mean {
		dst := means.RawRowView(k)
		for j := range dst {
			dst[j] = (mean[j] - s.centre[j]) * s.inverse[j]
		}
	}
	return means
}
