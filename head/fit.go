package head

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/head/internal/unknown"
)

// Report is what a fit tells besides the head.
type Report struct {
	Training
	// Calibration is nil if there was no cross-validation.
	Calibration *Calibration
	Unknown     *Unknown
	// CrossValidated are the scores of calibrated probabilities, each given by a
	// head that was fitted as the final one to the folds without the image.
	// Images whose class that head could not know, as none of the others is of
	// it, are left out. It is nil if there was no cross-validation.
	CrossValidated *Metrics
}

// ErrOneClass says that there is nothing to tell apart.
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
// each of them. Both are only read. Besides the errors of ctx and of bad
// options it returns ErrOneClass, a *TooFewError or a *NotFiniteError. Whether
// the solver converged is in the report.
//
// The head's Meta holds its classes, training, calibration, unknown score and
// cross-validated scores; the rest is the caller's to fill in.
func Fit(ctx context.Context, x Matrix, labels []int, classes []string, opt Options) (*Head, *Report, error) {
	counts, err := count(x, labels, classes)
	if err != nil {
		return nil, nil, err
	}
	if err := opt.complete(x.Len()); err != nil {
		return nil, nil, err
	}
	if err := checkFinite(x); err != nil {
		return nil, nil, err
	}
	p := &problem{x: x, labels: labels, classes: len(classes), opt: opt}
	if err := p.divide(counts, classes); err != nil {
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
		probabilities := softened(best.logits, best.calibration.Temperature)
		if report.CrossValidated, err = EvaluateRows(ctx, probabilities, p.fairLabels, classes); err != nil {
			return nil, nil, err
		}
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
		h.Meta.Scores = map[string]Scores{CrossValidated: report.CrossValidated.Scores}
	}
	return h, report, nil
}

func (h *Head) fitUnknown(ctx context.Context, p *problem, report *Report) error {
	opt := unknown.Options{Keep: p.opt.Keep, Seed: p.opt.Seed, Workers: p.opt.Workers}
	var err error
	if h.unknown, err = unknown.Fit(ctx, p.x, p.labels, p.classes, opt); err != nil {
		return err
	}
	numbers := h.unknown.Parameters()
	report.Unknown = &Unknown{
		Threshold:  numbers.Threshold,
		Keep:       p.opt.Keep,
		Neighbours: numbers.Neighbours,
		References: len(numbers.Scales),
	}
	return nil
}

func (h *Head) finite() bool {
	for _, layer := range h.layers {
		if !finite(layer.weight) || !finite(layer.bias) {
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
			return nil, fmt.Errorf("label %d of embedding %d is none of the %d classes", label, i, len(classes))
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
