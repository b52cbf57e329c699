package head

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"

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
// others, and the log-losses of rows at the latter. Its error is that of ctx.
func (p *problem) calibrate(ctx context.Context, t *trial) error {
	var err error
	if t.temperature, err = fitTemperature(ctx, t.logits, p.scorableLabels, 1, p.opt.Workers); err != nil {
		return err
	}
	if t.crossTemperatures, err = p.crossFitTemperatures(ctx, t.crossFitted, t.temperature); err != nil {
		return err
	}
	t.losses = make([]float64, len(p.scorable))
	return spread(ctx, p.opt.Workers, len(t.losses), func() func(i int) {
		probabilities := temperatureScaled(func(i int) ([]float32, float64) { return t.crossFitted[i], t.crossTemperatures[p.part[i]] })
		return func(i int) { t.losses[i] = metrics.LogLoss(probabilities(i)[p.scorableLabels[i]]) }
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

// crossFitTemperatures returns for each part the temperature by the rows of all
// others. They are near to one another: from a common start, one step of
// Newton's method is exact enough for a part whose step is small, since its error
// is then about the square.
func (p *problem) crossFitTemperatures(ctx context.Context, logits [][]float32, start float64) ([]float64, error) {
	const small = 0.01
	slopes, curvatures, err := temperatureSlopes(ctx, logits, p.scorableLabels, start, p.opt.Workers)
	if err != nil {
		return nil, err
	}
	temperatures := make([]float64, p.parts)
	for part := range temperatures {
		var slope, curvature float64
		var others [][]float32
		var labels []int
		for i, of := range p.part {
			if of != part {
				slope += slopes[i]
				curvature += curvatures[i]
				others, labels = append(others, logits[i]), append(labels, p.scorableLabels[i])
			}
		}
		search := newTemperatureSearch(start)
		moved := search.step(slope, curvature)
		temperatures[part] = search.temperature()
		if moved > small {
			if temperatures[part], err = fitTemperature(ctx, others, labels, search.temperature(), p.opt.Workers); err != nil {
				return nil, err
			}
		}
	}
	return temperatures, nil
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

// fitTemperature minimises the log-loss summed over images, plus half the square
// of the temperature's logarithm. The latter is the prior that the temperature is
// between 1/e and e; without it the temperature would be 0 where all images are
// right. As it is 0 at temperature 1, the result never has a higher log-loss on
// the same images than no calibration. Its error is that of ctx.
func fitTemperature(ctx context.Context, logits [][]float32, labels []int, start float64, workers int) (float64, error) {
	if len(labels) == 0 {
		return 1, nil
	}
	search := newTemperatureSearch(start)
	for range 60 {
		slopes, curvatures, err := temperatureSlopes(ctx, logits, labels, search.temperature(), workers)
		if err != nil {
			return 0, err
		}
		if search.step(floats.Sum(slopes), floats.Sum(curvatures)) <= 1e-9 {
			break
		}
	}
	return search.temperature(), nil
}

// A temperatureSearch is Newton's method in u = −ln temperature, within a
// shrinking bracket.
type temperatureSearch struct{ u, low, high float64 }

func newTemperatureSearch(start float64) *temperatureSearch {
	return &temperatureSearch{-math.Log(start), -maxLogTemperature, maxLogTemperature}
}

func (s *temperatureSearch) temperature() float64 { return math.Exp(-s.u) }

// step takes the first two derivatives of the summed log-loss with respect to the
// inverse temperature, and returns how far u moved.
func (s *temperatureSearch) step(slope, curvature float64) float64 {
	inverse := math.Exp(s.u)
	curvature = curvature*inverse*inverse + slope*inverse + 1
	slope = slope*inverse + s.u
	if slope > 0 {
		s.high = s.u
	} else {
		s.low = s.u
	}
	next := s.u - slope/curvature
	if !(curvature > 0 && next > s.low && next < s.high) {
		next = (s.low + s.high) / 2
	}
	moved := math.Abs(next - s.u)
	s.u = next
	return moved
}

// temperatureSlopes returns the first two derivatives of each row's log-loss with
// respect to the inverse temperature.
func temperatureSlopes(ctx context.Context, logits [][]float32, labels []int, temperature float64, workers int) (slopes, curvatures []float64, err error) {
	slopes, curvatures = make([]float64, len(labels)), make([]float64, len(labels))
	err = spread(ctx, workers, len(labels), func() func(i int) {
		probabilities := temperatureScaled(func(i int) ([]float32, float64) { return logits[i], temperature })
		return func(i int) {
			var mean, square float64
			for k, p := range probabilities(i) {
				z := float64(logits[i][k])
				mean += p * z
				square += p * z * z
			}
			slopes[i] = mean - float64(logits[i][labels[i]])
			curvatures[i] = max(square-mean*mean, 0)
		}
	})
	return slopes, curvatures, err
}
