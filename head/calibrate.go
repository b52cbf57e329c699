package head

import (
	"context"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Calibration is the temperature that divides a head's logits, so that its
// probabilities say how often it is right, and the effect on the probabilities of
// held-out images (Guo et al.: On calibration of modern neural networks, 2017).
type Calibration struct {
	Temperature float64                   `json:"temperature"`
	Images      int                       `json:"images"` // held-out ones it was measured on, of classes that the fit in question knew
	Before      metrics.CalibrationScores `json:"before"`
	After       metrics.CalibrationScores `json:"after"` // each image at a temperature that the images of other folds chose
}

// calibrate finds the trial's temperature, that which each part is given by the
// others, and the losses of rows at the latter. Its error is that of ctx.
func (p *problem) calibrate(ctx context.Context, t *trial) error {
	goal := p.targets()
	var err error
	if t.temperature, err = fitTemperature(ctx, t.logits, goal, 1, temperaturePrior, p.opt.Workers); err != nil {
		return err
	}
	if err := p.crossFit(ctx, t, goal); err != nil {
		return err
	}
	t.losses, t.smoothed = make([]float64, len(p.scorable)), make([]float64, len(p.scorable))
	return spread(ctx, p.opt.Workers, len(t.losses), func() func(i int) {
		row := func(i int) ([]float32, float64) { return t.crossFitted[i], t.crossTemperatures[p.part[i]] }
		probabilities := temperatureScaled(row)
		return func(i int) {
			logits, temperature := row(i)
			all := probabilities(i)
			t.losses[i] = metrics.LogLoss(all[p.scorableLabels[i]])
			t.smoothed[i] = goal.loss(i, logits, all, temperature)
		}
	})
}

// calibration returns what a temperature does to the scored rows, each by the one
// that the other parts chose.
func (c *crossFit) calibration(ctx context.Context, temperature float64) (*Calibration, error) {
	before, err := metrics.EvaluateCalibration(ctx, c.probabilities(false), c.scorableLabels)
	if err != nil {
		return nil, err
	}
	after, err := metrics.EvaluateCalibration(ctx, c.probabilities(true), c.scorableLabels)
	return &Calibration{temperature, len(c.scorable), before, after}, err
}

// crossFit gives each part the logits and the temperature that the rows of all
// others choose. Most temperatures are near that of all rows: from there, one step
// of Newton's method is exact enough where it is small, as its error is then about
// the square.
func (p *problem) crossFit(ctx context.Context, t *trial, goal targets) error {
	const small = 0.01
	slopes, err := temperatureSlopes(ctx, t.logits, goal, t.temperature, p.opt.Workers)
	if err != nil {
		return err
	}
	t.crossFitted, t.crossTemperatures = slices.Clone(t.logits), make([]float64, p.parts)
	for part := range p.parts {
		logits := t.logits
		if t.byPart != nil {
			logits = t.byPart[part]
		}
		sameC := len(logits) == 0 || &logits[0][0] == &t.logits[0][0]
		var sum lossSlope
		var others [][]float32
		var labels []int
		for i, of := range p.part {
			switch {
			case of != part:
				sum.add(1, slopes[i])
				others, labels = append(others, logits[i]), append(labels, p.scorableLabels[i])
			case !sameC:
				t.crossFitted[i] = slices.Clone(logits[i]) // the others of the table are not kept
			}
		}
		search := newTemperatureSearch(t.temperature, temperaturePrior)
		if moved := search.step(sum); sameC && moved <= small {
			t.crossTemperatures[part] = search.temperature()
			continue
		}
		if t.crossTemperatures[part], err = fitTemperature(ctx, others, targets{labels, goal.others}, t.temperature, temperaturePrior, p.opt.Workers); err != nil {
			return err
		}
	}
	t.byPart = nil
	return nil
}

// temperatureScaled returns a function that computes the probabilities of a row
// from its logits and temperature. They are valid until it is called again.
func temperatureScaled(row func(i int) (logits []float32, temperature float64)) func(i int) []float64 {
	var p []float64
	return func(i int) []float64 {
		p = p[:0]
		logits, temperature := row(i)
		for _, z := range logits {
			p = append(p, float64(z)/temperature)
		}
		softmax.Probabilities(p)
		return p
	}
}

// maxLogTemperature is the largest absolute logarithm of the temperature.
const maxLogTemperature = 7

// temperaturePrior is how sure it is that the logarithm of the temperature is near
// 0: the inverse of its variance before any image was seen. 1 means that the
// temperature is between 1/e and e.
const temperaturePrior = 1

// fitTemperature minimises the cross-entropy summed over images, plus half the
// square of the temperature's logarithm, times the prior. As that is 0 at
// temperature 1, the result never has a higher cross-entropy on the same images
// than no calibration. Its error is that of ctx.
func fitTemperature(ctx context.Context, logits [][]float32, goal targets, start, prior float64, workers int) (float64, error) {
	if len(logits) == 0 {
		return 1, nil
	}
	search := newTemperatureSearch(start, prior)
	for range 60 {
		slopes, err := temperatureSlopes(ctx, logits, goal, search.temperature(), workers)
		if err != nil {
			return 0, err
		}
		var sum lossSlope
		for _, row := range slopes {
			sum.add(1, row)
		}
		if search.step(sum) <= 1e-9 {
			break
		}
	}
	return search.temperature(), nil
}

// A temperatureSearch is Newton's method in u = −ln temperature, within a
// shrinking bracket.
type temperatureSearch struct{ u, low, high, prior float64 }

func newTemperatureSearch(start, prior float64) *temperatureSearch {
	return &temperatureSearch{-math.Log(start), -maxLogTemperature, maxLogTemperature, prior}
}

func (s *temperatureSearch) temperature() float64 { return math.Exp(-s.u) }

// step takes the summed cross-entropy's derivatives, and returns how far u moved.
func (s *temperatureSearch) step(at lossSlope) float64 {
	inverse := math.Exp(s.u)
	curvature := at.curvature*inverse*inverse + at.slope*inverse + s.prior
	slope := at.slope*inverse + s.prior*s.u
	if slope > 0 {
		s.high = s.u
	} else {
		s.low = s.u
	}
	next := s.u - slope/curvature
	if !(curvature > 0 && next >= s.low && next <= s.high) {
		next = (s.low + s.high) / 2
	}
	moved := math.Abs(next - s.u)
	s.u = next
	return moved
}

// A lossSlope is a cross-entropy and its first two derivatives with respect to the
// inverse temperature.
type lossSlope struct{ loss, slope, curvature float64 }

func (s *lossSlope) add(weight float64, other lossSlope) {
	s.loss += weight * other.loss
	s.slope += weight * other.slope
	s.curvature += weight * other.curvature
}

// temperatureSlopes returns those of each row.
func temperatureSlopes(ctx context.Context, logits [][]float32, goal targets, temperature float64, workers int) ([]lossSlope, error) {
	slopes := make([]lossSlope, len(logits))
	err := spread(ctx, workers, len(logits), func() func(i int) {
		probabilities := temperatureScaled(func(i int) ([]float32, float64) { return logits[i], temperature })
		return func(i int) {
			var mean, square float64
			p := probabilities(i)
			for k, p := range p {
				z := float64(logits[i][k])
				mean += p * z
				square += p * z * z
			}
			slopes[i] = lossSlope{
				loss:      goal.loss(i, logits[i], p, temperature),
				slope:     mean - goal.logit(i, logits[i]),
				curvature: max(square-mean*mean, 0),
			}
		}
	})
	return slopes, err
}
