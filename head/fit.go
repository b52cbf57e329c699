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
	// CrossValidated are the scores of HeldOut, without the images of classes
	// that have one image: no fit could know them. It is nil if there was no
	// cross-validation.
	CrossValidated *Metrics
	// HeldOut holds for each image the probabilities given by a head that was
	// fitted as the final one to the folds without that image, calibrated.
	HeldOut [][]float64
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
		return fmt.Sprintf("class %s has no images", e.Class)
	}
	return fmt.Sprintf("class %s has %d image, cross-validation needs %d", e.Class, e.Count, e.Needed)
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
		report.measure(p, best, classes)
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

// divide draws the folds, if images are enough for them or are to be.
func (p *problem) divide(counts []int, classes []string) error {
	if slices.Max(counts) < 2 {
		if p.opt.C > 0 {
			return nil
		}
		return &TooFewError{Class: classes[0], Count: 1, Needed: 2}
	}
	p.folds = stratify(p.labels, p.classes, p.opt.Folds, p.opt.Seed)
	for i, label := range p.labels {
		if counts[label] > 1 {
			p.fair = append(p.fair, i)
		}
	}
	return nil
}

// measure sets what cross-validation says of the chosen kind of head.
func (r *Report) measure(p *problem, t *trial, classes []string) {
	r.Calibration = t.calibration
	r.HeldOut = softened(t.logits, t.calibration.Temperature)
	fair := make([][]float64, len(p.fair))
	labels := make([]int, len(p.fair))
	for i, row := range p.fair {
		fair[i], labels[i] = r.HeldOut[row], p.labels[row]
	}
	r.CrossValidated = Evaluate(fair, labels, classes)
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
