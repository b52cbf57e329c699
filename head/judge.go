package head

import (
	"context"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
)

// judgePrior is that of the temperature at which a C is judged. It is surer than
// that of calibration, so that a C which needs a temperature far from 1 must be
// clearly better: the log-losses of other C often differ by chance only.
const judgePrior = 25

// judge returns a function that tells how good the logits of a C are once they are
// calibrated, as the head's will be: the weighted mean log-loss of scorable rows,
// and for each part that of the rows outside, at the temperature that those rows
// choose. The prior's term is part of it.
func (p *problem) judge() logistic.Judge {
	temperature := 1.0
	return func(ctx context.Context, logits [][]float32) (float64, []float64, error) {
		scorable, goal := p.scorableOf(logits), targets{labels: p.scorableLabels}
		var err error
		if temperature, err = fitTemperature(ctx, scorable, goal, temperature, judgePrior, p.opt.Workers); err != nil {
			return 0, nil, err
		}
		rows, err := temperatureSlopes(ctx, scorable, goal, temperature, p.opt.Workers)
		if err != nil {
			return 0, nil, err
		}
		byPart := make([]float64, p.parts)
		for part := range byPart {
			byPart[part] = p.judgeWithout(part, rows, temperature)
		}
		return p.judgeWithout(none, rows, temperature), byPart, nil
	}
}

// judgeWithout is the log-loss of the rows outside a part at their temperature, to
// the second order around that of all rows.
func (p *problem) judgeWithout(part int, rows []lossSlope, temperature float64) float64 {
	var unweighted, sum lossSlope
	var weights float64
	for i, of := range p.part {
		if of == part {
			continue
		}
		weight := 1.0
		if p.opt.Weights != nil {
			weight = p.opt.Weights[p.scorable[i]]
		}
		unweighted.add(1, rows[i])
		sum.add(weight, rows[i])
		weights += weight
	}
	if weights == 0 {
		return 0
	}
	search := newTemperatureSearch(temperature, judgePrior)
	search.step(unweighted)
	moved := 1/search.temperature() - 1/temperature
	return (sum.loss + sum.slope*moved + sum.curvature*moved*moved/2 + judgePrior*search.u*search.u/2) / weights
}
