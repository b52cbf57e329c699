package headstart

import (
	"context"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// LearningCurve measures how good heads are that learn from fewer images, and what
// twice as many would bring: see [head.MeasureCurve], which says how. It measures
// them on the test split, or on val where there is no test, and draws from the train
// split; of data without splits it holds out a quarter of each class. Duplicates,
// and images of one group, are never on both sides.
//
// Embeddings that the store lacks are made first. With 10,000 of them the rest takes
// some ten seconds.
func (e *Engine) LearningCurve(ctx context.Context, data *dataset.Dataset, o DuplicateOptions, seed uint64) (*LearningCurve, error) {
	s, err := e.study(ctx, data, o)
	if err != nil {
		return nil, err
	}
	c, err := s.learningCurve(ctx, seed)
	if err != nil {
		return nil, err
	}
	return newLearningCurve(c), nil
}

// LearningCurve says what more photos bring. All heads were measured on the same
// photos, of which none was learnt from. See [head.LearningCurve].
type LearningCurve struct {
	Head   string       `json:"head"`        // kind of head of all draws, with its C
	C      float64      `json:"c,omitempty"` // the same for all
	Images int          `json:"images"`      // that draws are taken from
	Tested int          `json:"tested"`      // images measured on
	Groups int          `json:"groups"`      // of Tested; its number of images if all are alone
	Unused int          `json:"unused"`      // further images, to which fits would take too long
	Chance float64      `json:"chance"`      // accuracy of always naming the class with most images
	Points []CurvePoint `json:"points"`      // by rising number of images
	// Fit is nil where there are too few points to fit a power law to.
	Fit        *CurveFit `json:"fit,omitempty"`
	LogLossFit *CurveFit `json:"log_loss_fit,omitempty"` // likewise of the log-loss
}

// CurvePoint is the mean over several draws of so many training images. SD are
// standard deviations over draws, 0 of one draw.
type CurvePoint struct {
	PerClass     float64 `json:"per_class"` // images of a class, on average
	Images       int     `json:"images"`    // that were trained on, on average
	Draws        int     `json:"draws"`
	Accuracy     float64 `json:"accuracy"` // mean, on images that are in no draw
	AccuracySD   float64 `json:"accuracy_sd"`
	LogLoss      float64 `json:"log_loss"` // mean, natural logarithm, not calibrated
	LogLossSD    float64 `json:"log_loss_sd"`
	TestedImages int     `json:"tested_images"`
}

// CurveFit is a power law, error = Floor + Scale · images^-Exponent, and what it tells of
// twice the photos: see [head.Projection]. The error is 1 − accuracy, or the log-loss.
type CurveFit struct {
	Floor    float64          `json:"floor"`
	Scale    float64          `json:"scale"`
	Exponent float64          `json:"exponent"`
	Twice    float64          `json:"twice"`    // accuracy, or log-loss, with twice the photos
	Interval metrics.Interval `json:"interval"` // 95 %, of what one set of so many reaches on other photos
	// Gain is by how much twice the photos are better, on average over many sets of them,
	// with an interval of 95 %.
	Gain         float64          `json:"gain"`
	GainInterval metrics.Interval `json:"gain_interval"`
	Verdict      string           `json:"verdict"`       // head.Improves, head.Saturated or head.Unclear
	Why          string           `json:"why,omitempty"` // of head.Unclear
	CanTell      bool             `json:"can_tell"`      // Verdict is not head.Unclear
}

func newLearningCurve(c *head.LearningCurve) *LearningCurve {
	return &LearningCurve{
		Head: c.Head, C: c.C, Images: c.Images, Tested: c.HeldOut, Groups: c.Groups, Unused: c.Unused, Chance: c.Chance,
		Points: newCurvePoints(c), Fit: newCurveFit(c, c.Accuracy), LogLossFit: newCurveFit(c, c.LogLoss),
	}
}

func newCurvePoints(c *head.LearningCurve) (points []CurvePoint) {
	for _, p := range c.Points {
		points = append(points, CurvePoint{
			PerClass: p.Images / float64(c.Classes), Images: int(math.Round(p.Images)), Draws: p.Draws,
			Accuracy: p.Accuracy, AccuracySD: p.AccuracySD, LogLoss: p.LogLoss, LogLossSD: p.LogLossSD, TestedImages: c.HeldOut,
		})
	}
	return points
}

// newCurveFit returns nil if there are too few points.
func newCurveFit(c *head.LearningCurve, p head.Projection) *CurveFit {
	if len(c.Points) < head.FewestPoints {
		return nil
	}
	return &CurveFit{
		Floor: p.Law.A, Scale: p.Law.B, Exponent: p.Law.C, Twice: p.Expected, Interval: p.Interval,
		Gain: p.Gain, GainInterval: p.GainInterval, Verdict: p.Verdict, Why: p.Why, CanTell: p.Verdict != head.Unclear,
	}
}

// A study is labelled images that curves and maps are made of.
type study struct {
	found  *Embeddings
	units  []int // of found
	labels []int // of found
	held   []bool
}

// study extracts the images, and finds which must not be parted.
func (e *Engine) study(ctx context.Context, data *dataset.Dataset, o DuplicateOptions) (*study, error) {
	if data == nil || len(data.Samples) == 0 {
		return nil, dataset.ErrEmpty
	}
	if _, err := trainingSplit(data.Samples); err != nil {
		return nil, err
	}
	found, err := e.Extract(ctx, data.Samples)
	if err != nil {
		return nil, err
	}
	same, err := found.findAlike(ctx, o)
	if err != nil {
		return nil, err
	}
	return newStudy(found, found.numbered(same))
}

// newStudy takes images of which units says which must not be parted.
func newStudy(found *Embeddings, units []int) (*study, error) {
	split, err := trainingSplit(found.Samples)
	if err != nil {
		return nil, err
	}
	held := heldSplit(found.Samples)
	s := &study{found: found.only(func(i int) bool {
		of := found.Samples[i].Split
		return found.Samples[i].Label != "" && (of == split || of == held)
	})}
	for i, sample := range found.Samples {
		if sample.Label != "" && (sample.Split == split || sample.Split == held) {
			s.units = append(s.units, units[i])
		}
	}
	if held != dataset.Unsplit {
		for _, sample := range s.found.Samples {
			s.held = append(s.held, sample.Split == held)
		}
	}
	s.labels, err = labelsOf(s.found.Samples, dataset.Classes(s.found.Samples))
	return s, err
}

// heldSplit returns the split to measure on, Unsplit if there is none.
func heldSplit(samples []dataset.Sample) dataset.Split {
	for _, split := range []dataset.Split{dataset.Test, dataset.Val} {
		if slices.ContainsFunc(samples, func(s dataset.Sample) bool { return s.Split == split && s.Label != "" }) {
			return split
		}
	}
	return dataset.Unsplit
}

func (s *study) learningCurve(ctx context.Context, seed uint64) (curve *head.LearningCurve, err error) {
	rows, err := s.found.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	s.found.engine.event(CurvesStarted{})
	defer s.found.engine.event(CurvesDone{})
	err = rows.Guard(func() (err error) {
		curve, err = head.MeasureCurve(ctx, rows, s.labels, s.curveOptions(seed))
		return err
	})
	return curve, err
}

func (s *study) curveOptions(seed uint64) head.CurveOptions {
	return head.CurveOptions{HeldOut: s.held, Groups: s.units, Seed: seed, Workers: s.found.engine.workers()}
}
