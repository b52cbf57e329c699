package head

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
	"github.com/digitalinnovationone/headstart/head/internal/powerlaw"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// What a Projection says of twice as many images.
const (
	Improves  = "improves"    // the gain is worthwhile, and its interval is above 0
	Saturated = "saturated"   // the interval of the gain is below what is worthwhile
	Unclear   = "cannot tell" // neither, or there are too few points
)

// A Projection continues a learning curve to twice as many images: by a law
// a + b·n^−c for the share of errors, or the log-loss, fitted to the points of the
// curve (Cortes et al., 1994; Hestness et al., 2017).
//
// Intervals are of 95 %, by bootstrap: held-out groups and draws are drawn again, and
// the first points, which the law often does not describe yet, are left out in part.
type Projection struct {
	Verdict string  `json:"verdict"`       // Improves, Saturated or Unclear
	Why     string  `json:"why,omitempty"` // of Unclear
	Images  float64 `json:"images"`        // that are learnt from: twice those of the curve's last point
	// Expected is the accuracy or log-loss that they bring. Its interval is of what is
	// measured with one set of so many images and other images held out.
	Expected float64          `json:"expected"`
	Interval metrics.Interval `json:"interval"`
	// Gain is how much higher the accuracy is than with the images of the last point, or
	// how much lower the log-loss: both by the law, and so the mean over many sets of so
	// many images.
	Gain         float64          `json:"gain"`
	GainInterval metrics.Interval `json:"gain_interval"`
	// SetSD is the standard deviation between sets of so many images: what one of them
	// brings differs from the mean by about that.
	SetSD      float64 `json:"set_sd"`
	Worthwhile float64 `json:"worthwhile"` // the least gain that is not hardly anything
	Law        Law     `json:"law"`        // of the error, 1 − accuracy, or of the log-loss
}

// Law is the law a + b·n^−c of learning from n images.
type Law = powerlaw.Law

// FewestPoints is how many points a curve has that tells anything.
const FewestPoints = 4

// The gains that Saturated means.
const (
	worthwhileAccuracy = 0.005
	worthwhileLogLoss  = 0.01
)

// resamples is the number of bootstrap samples.
const resamples = 400

// project sets the curve's projections. Its error is that of ctx.
func (c *LearningCurve) project(ctx context.Context, seed uint64) error {
	errors, err := c.projection(ctx, func(o outcome) []float64 { return o.wrong }, seed)
	if err != nil {
		return err
	}
	c.Accuracy = errors.of(worthwhileAccuracy)
	c.Accuracy.Expected = 1 - c.Accuracy.Expected
	c.Accuracy.Interval = metrics.Interval{Low: 1 - c.Accuracy.Interval.High, High: 1 - c.Accuracy.Interval.Low}
	losses, err := c.projection(ctx, func(o outcome) []float64 { return o.loss }, seed)
	if err != nil {
		return err
	}
	c.LogLoss = losses.of(worthwhileLogLoss)
	return nil
}

// A projected is what the bootstrap says of twice as many images.
type projected struct {
	points, images float64
	law            Law
	between        float64   // standard deviation of sets of so many images
	expected       []float64 // errors, of each resample
	gains          []float64
}

func (p *projected) of(worthwhile float64) Projection {
	j := Projection{Images: p.images, Worthwhile: worthwhile, Law: p.law, SetSD: p.between}
	if p.points < FewestPoints {
		j.Verdict, j.Why = Unclear, "the curve has too few points"
		return j
	}
	j.Expected, j.Gain = max(0, p.law.At(p.images)), p.law.At(p.images/2)-max(0, p.law.At(p.images))
	j.Interval, j.GainInterval = middle(p.expected), middle(p.gains)
	j.Interval.Low = max(0, j.Interval.Low)
	switch {
	case j.GainInterval.High < worthwhile:
		j.Verdict = Saturated
	case j.GainInterval.Low > 0 && j.Gain >= worthwhile:
		j.Verdict = Improves
	case j.GainInterval.Low > 0:
		j.Verdict, j.Why = Unclear, "the gain is small, and its interval wide"
	default:
		j.Verdict, j.Why = Unclear, "the interval of the gain includes none"
	}
	return j
}

// middle returns the interval of 95 % of values.
func middle(values []float64) metrics.Interval {
	slices.Sort(values)
	return metrics.Interval{
		Low:  stat.Quantile(0.025, stat.LinInterp, values, nil),
		High: stat.Quantile(0.975, stat.LinInterp, values, nil),
	}
}

// projection fits a law to the errors of each draw's held-out images, and to those of
// bootstrap samples.
func (c *LearningCurve) projection(ctx context.Context, errors func(outcome) []float64, seed uint64) (*projected, error) {
	last := len(c.Points) - 1
	p := &projected{points: float64(len(c.Points)), images: 2 * c.Points[last].Images}
	if len(c.Points) < FewestPoints {
		return p, nil
	}
	n := make([]float64, len(c.Points))
	for i, point := range c.Points {
		n[i] = point.Images
	}
	of := func(point, draw int) []float64 { return errors(c.outcomes[point][draw]) }
	variances, common := c.spreads(of)
	p.between = common[last]
	weights, y := make([]float64, len(n)), make([]float64, len(n))
	for i := range y {
		weights[i] = 1 / variances[i]
		for draw := range c.outcomes[i] {
			y[i] += stat.Mean(of(i, draw), nil) / float64(len(c.outcomes[i]))
		}
	}
	p.law = powerlaw.Fit(n, y, weights)
	rng := rand.New(rand.NewPCG(seed, math.MaxUint64))
	groups := grouping.Rows(c.groups, c.HeldOut)
	for range resamples {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		counts := make([]float64, c.HeldOut) // how often each held-out image is drawn
		for range groups {
			for _, i := range groups[rng.IntN(len(groups))] {
				counts[i]++
			}
		}
		for i := range y {
			y[i] = common[i] * rng.NormFloat64()
			for range c.outcomes[i] {
				y[i] += stat.Mean(of(i, rng.IntN(len(c.outcomes[i]))), counts) / float64(len(c.outcomes[i]))
			}
		}
		from := rng.IntN(len(n) - FewestPoints + 1)
		law := powerlaw.Fit(n[from:], y[from:], weights[from:])
		expected := max(0, law.At(p.images))
		p.gains = append(p.gains, law.At(p.images/2)-expected)
		p.expected = append(p.expected, expected+p.between*rng.NormFloat64())
	}
	return p, nil
}

// spreads returns for each point the variance of its mean over draws and the standard
// deviation of what the draws have in common: their images are a share f of the pool,
// which is itself one of many that could have been.
func (c *LearningCurve) spreads(of func(point, draw int) []float64) (variances, common []float64) {
	var one float64 // variance of a draw that is independent of others
	for i, point := range c.Points {
		f := min(point.Images/float64(c.Images), 1)
		var means []float64
		for draw := range c.outcomes[i] {
			means = append(means, stat.Mean(of(i, draw), nil))
		}
		if len(means) > 1 {
			one = stat.Variance(means, nil) / (1 - min(f, 0.9))
		}
		// Of no deviation at all chance is as likely a reason as any: half an image.
		one = max(one, math.Pow(0.5/float64(c.HeldOut), 2))
		variances = append(variances, one*(f+(1-f)/float64(len(means))))
		common = append(common, math.Sqrt(one*f))
	}
	return variances, common
}
