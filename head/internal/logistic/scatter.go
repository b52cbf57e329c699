package logistic

import (
	"context"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// A scatter is the mean of weight · z ⊗ z over some rows.
type scatter struct {
	linearModel
	scaler  *scaler
	pass    *dataPass
	offsets []float64
	totals  []float64 // Σ of each output's residuals
	mass    float64
	zeros   []float64
}

func newScatter(p *Problem, s *scaler, rows []int, rank int, w workers) *scatter {
	c := &scatter{
		linearModel: newLinearModel(rank, p.X.Dim(), none),
		scaler:      s,
		pass:        newDataPass(p.X, rows, nil, rank, w),
		offsets:     make([]float64, rank),
		totals:      make([]float64, rank),
		zeros:       make([]float64, rank),
	}
	for _, row := range rows {
		c.mass += p.weight(row)
	}
	c.residuals = func(row int, logits []float64) {
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
func (c *scatter) apply(ctx context.Context, m *mat.Dense) error {
	data := m.RawMatrix().Data
	rank, _ := m.Dims()
	c.outputs, c.totals, c.offsets = rank, c.totals[:rank], c.offsets[:rank]
	clear(c.totals)
	clear(c.weights)
	c.scaler.fold(data, c.zeros[:rank], c.weights, c.offsets)
	if err := c.pass.run(ctx, []*linearModel{&c.linearModel}); err != nil {
		return err
	}
	c.scaler.unfold(c.sums, c.totals, data)
	floats.Scale(1/c.mass, data)
	return nil
}
