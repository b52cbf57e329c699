package logistic

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A scatter is the mean of weight · z ⊗ z over some rows.
type scatter struct {
	lane
	scaler  *scaler
	sweep   *sweep
	offsets []float64
	totals  []float64 // Σ of each output's residuals
	mass    float64
	zeros   []float64
}

func newScatter(p *Problem, s *scaler, rows []int, rank int, t team) *scatter {
	c := &scatter{
		lane:    newLane(rank, p.X.Dim(), none),
		scaler:  s,
		sweep:   newSweep(p.X, rows, nil, rank, t),
		offsets: make([]float64, rank),
		totals:  make([]float64, rank),
		zeros:   make([]float64, rank),
	}
	for _, row := range rows {
		c.mass += p.weight(row)
	}
	c.turn = func(row int, logits []float64) {
		factor, weight := s.rowFactor(row), p.weight(row)
		for k := range logits {
			logits[k] = (logits[k]*factor + c.offsets[k]) * weight * factor
		}
	}
	c.tally = func(row int, residuals []float64) {
		floats.AddScaled(c.totals, 1/s.rowFactor(row), residuals)
	}
	return c
}

// apply multiplies each row of m with the scatter.
func (c *scatter) apply(m *mat.Dense) {
	data := m.RawMatrix().Data
	rank, _ := m.Dims()
	c.outputs, c.totals, c.offsets = rank, c.totals[:rank], c.offsets[:rank]
	clear(c.totals)
	clear(c.weights)
	c.scaler.fold(data, c.zeros[:rank], c.weights, c.offsets)
	c.sweep.run([]*lane{&c.lane})
	c.scaler.unfold(c.sums, c.totals, data)
	floats.Scale(1/c.mass, data)
}
