package logistic

import (
	"context"

	"github.com/digitalinnovationone/headstart/head/internal/rowspace"
)

// Combined returns the start for the rows themselves that is one for the same rows
// reduced: its weights are sums of the rows. It is nil where rounding leaves none,
// or start is. Its error is that of ctx.
func (t *Trainer) Combined(ctx context.Context, rows *rowspace.Rows, start Start) (Start, error) {
	n, dim, outputs := rows.Len(), t.problem.X.Dim(), outputs(t.problem.Classes)
	if start == nil {
		return nil, nil
	}
	coefficients := rows.Combine(start[:outputs*n])
	if coefficients == nil {
		return nil, nil
	}
	m, totals := newLinearModel(outputs, dim, none), make([]float64, outputs)
	m.residuals = func(row int, logits []float64) {
		for k := range logits {
			logits[k] = coefficients[k*n+row] * t.scaler.rowFactor(row)
		}
	}
	m.tally = func(row int, _ []float64) {
		for k := range totals {
			totals[k] += coefficients[k*n+row]
		}
	}
	all := newDataPass(t.problem.X, count(n), nil, outputs, t.workers)
	if err := all.run(ctx, []*linearModel{&m}); err != nil {
		return nil, err
	}
	combined := make(Start, outputs*(dim+1))
	t.scaler.unfold(m.sums, totals, combined)
	copy(combined[outputs*dim:], start[outputs*n:])
	return combined, nil
}
