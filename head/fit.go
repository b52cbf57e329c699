package head

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/head/internal/ood"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Report is what Fit returns besides the head.
type Report struct {
	Training
	// Calibration is nil if there was no cross-validation.
	Calibration *Calibration
	Unknown     *Unknown
	// CrossValidated are the scores of calibrated probabilities, each given by a
	// head fitted like the final one to the folds without the image. Images whose
	// class that head cannot know, because no other fold has it, are left out. It
	// is nil if there was no cross-validation.
	CrossValidated *metrics.Metrics
	// OutOfFold are the answers that CrossValidated measures. It is nil if there
	// was no cross-validation.
	OutOfFold *OutOfFold

	unknown *ood.Report
}

// ErrOneClass says that there are no classes to tell apart.
var ErrOneClass = errors.New("there are fewer than two classes")

// TooFewError says that a class has too few images to learn it.
type TooFewError struct {
	Class  string
	Count  int // images it has
	Needed int // 1, or 2 if no class has two for cross-validation
}

func (e *TooFewError) Error() string {
	if e.Count == 0 {
		return fmt.Sprintf("class %q has no images", e.Class)
	}
	return fmt.Sprintf("class %q has %d image, cross-validation needs %d", e.Class, e.Count, e.Needed)
}

// Fit trains a head on the rows of x. labels holds an index into classes for
// each row. Both are only read. Besides the errors of ctx, which end it within
// about a second, and of bad options it returns ErrOneClass, a *TooFewError or a
// *NotFiniteError. Whether the solver converged is in the report.
//
// Fit fills in the classes, training, calibration, unknown score and
// cross-validated scores of the head's Meta. The caller fills in the rest: Write
// needs to know the backbone and the Spec.
func Fit(ctx context.Context, x Matrix, labels []int, classes []string, opt Options) (*Head, *Report, error) {
	counts, err := count(x, labels, classes)
	if err != nil {
		return nil, nil, err
	}
	if err := opt.complete(x.Len()); err != nil {
		return nil, nil, err
	}
	if err := checkFinite(ctx, x); err != nil {
		return nil, nil, err
	}
	p := &problem{x: x, labels: labels, classes: len(classes), opt: opt}
	if err := p.split(counts, classes); err != nil {
		return nil, nil, err
	}
	report := &Report{Training: Training{Images: counts, Folds: len(p.folds), Seed: opt.Seed}}
	best, candidates, err := p.choose(ctx)
	if err != nil {
		return nil, nil, err
	}
	report.Head, report.Path, report.Candidates = best.kind, best.path, candidates
	h := &Head{unit: best.kind == LogisticUnit, temperature: 1}
	if h.layers, err = best.fit(ctx, &report.Training); err != nil {
		return nil, nil, err
	}
	if !h.finite() {
		return nil, nil, logistic.ErrOverflow
	}
	if best.calibration != nil {
		h.temperature = float32(best.calibration.Temperature)
		report.Calibration = best.calibration
		probabilities := temperatureScaled(best.logits, best.calibration.Temperature)
		if report.CrossValidated, err = metrics.EvaluateRows(ctx, probabilities, p.scorableLabels, nil, classes); err != nil {
			return nil, nil, err
		}
		report.OutOfFold = p.outOfFold(best)
	}
	if err := h.fitUnknown(ctx, p, report); err != nil {
		return nil, nil, err
	}
	h.Meta = Meta{
		Classes:     slices.Clone(classes),
		Training:    report.Training,
		Calibration: report.Calibration,
		Unknown:     report.Unknown,
	}
	if report.CrossValidated != nil {
		h.Meta.Scores = map[string]metrics.Scores{CrossValidated: report.CrossValidated.Scores}
	}
	return h, report, nil
}

func (h *Head) fitUnknown(ctx context.Context, p *problem, report *Report) error {
	opt := ood.Options{KnownRecall: p.opt.KnownRecall, Seed: p.opt.Seed, Workers: p.opt.Workers}
	var err error
	if h.unknown, report.unknown, err = ood.Fit(ctx, p.x, p.labels, p.opt.Groups, p.classes, opt); err != nil {
		return err
	}
	numbers, lost := h.unknown.Parameters(), report.unknown.Lost
	report.Unknown = &Unknown{
		Threshold:    numbers.Threshold,
		KnownRecall:  p.opt.KnownRecall,
		Lost:         lost.Expected,
		LostInterval: &metrics.Interval{Low: lost.Low, High: lost.High},
		Neighbours:   numbers.Neighbours,
		References:   len(numbers.Scales),
	}
	return nil
}

// UnknownScores returns for each row that the head was fitted to the unknown score
// that it gets by training embeddings of other groups, as a new image would. x is
// the matrix that Fit had. Its only errors are those of ctx.
func (r *Report) UnknownScores(ctx context.Context, x Matrix) ([]float64, error) {
	return r.unknown.Scores(ctx, x)
}

func (h *Head) finite() bool {
	for _, layer := range h.layers {
		if !matrix.Finite(layer.weight) || !matrix.Finite(layer.bias) {
			return false
		}
	}
	return true
}

// count returns the number of images of each class.
func count(x Matrix, labels []int, classes []string) ([]int, error) {
	switch {
	case len(classes) < 2:
		return nil, ErrOneClass
	case x.Len() != len(labels):
		return nil, fmt.Errorf("there are %d embeddings and %d labels", x.Len(), len(labels))
	case x.Dim() < 1:
		return nil, errors.New("embeddings are empty")
	}
	counts := make([]int, len(classes))
	for i, label := range labels {
		if label < 0 || label >= len(classes) {
			return nil, fmt.Errorf("label %d of embedding %d is not one of the %d classes", label, i, len(classes))
		}
		counts[label]++
	}
	for i, n := range counts {
		if n == 0 {
			return nil, &TooFewError{Class: classes[i], Needed: 1}
		}
	}
	return counts, nil
}
