package head

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/head/internal/grouping"
	"github.com/digitalinnovationone/headstart/head/internal/lda"
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
	// head fitted like the final one to the folds without the image, whose kind, C
	// and temperature were chosen without looking at how it does on the image's
	// fold. Images whose class that head cannot know, because no other fold has it,
	// are left out. It is nil if there was no cross-validation.
	CrossValidated *metrics.Metrics
	// OutOfFold are the answers that CrossValidated measures. It is nil if there
	// was no cross-validation.
	OutOfFold *OutOfFold
	// NotMeasured says why there was no cross-validation: fewer than two classes
	// have images that can be held out while others of the class are learnt from.
	// It is empty if there was.
	NotMeasured string
	// Unmeasured are the classes that are in no cross-validated score, as all their
	// images are in one group, or they have but one.
	Unmeasured []string
	// Uneven are the classes whose share in some fold is off by more than one image,
	// as groups are not divided.
	Uneven []Uneven

	unknown *ood.Report
	last    int // values of the last block
}

// ErrOneClass says that there are no classes to tell apart.
var ErrOneClass = errors.New("there are fewer than two classes")

// ErrNoVariance says that LDA has nothing to learn from: no feature varies within
// a class, as where each class has one image.
var ErrNoVariance = lda.ErrNoVariance

// TooFewError says that a class has no images to learn it from.
type TooFewError struct {
	Class string
}

func (e *TooFewError) Error() string { return fmt.Sprintf("class %q has no images", e.Class) }

// Fit trains a head on the rows of x. labels holds an index into classes for
// each row. Both are only read. Besides the errors of ctx, which end it within
// about a second, and of bad options it returns ErrOneClass, ErrNoVariance, a *TooFewError or a
// *NotFiniteError. Whether the solver converged is in the report.
//
// Fit fills in the classes, training, calibration, unknown score and
// cross-validated scores of the head's Meta. The caller fills in the rest: Write
// needs to know the backbone and the Spec.
//
// Of embeddings that consist of blocks, see Options.Blocks, the head takes those
// that Training.Blocks lists: the last ones of a row, as many values as Dim.
func Fit(ctx context.Context, x Matrix, labels []int, classes []string, opt Options) (*Head, *Report, error) {
	return FitBest(ctx, []Input{{X: x, Blocks: opt.Blocks}}, labels, classes, opt)
}

// FitBest is Fit with the best of several inputs by cross-validation, which has
// their rows in the same order. Options.Blocks is not looked at.
func FitBest(ctx context.Context, inputs []Input, labels []int, classes []string, opt Options) (*Head, *Report, error) {
	if len(inputs) == 0 {
		return nil, nil, errors.New("there are no embeddings")
	}
	inputs = slices.Clone(inputs)
	slices.SortStableFunc(inputs, func(a, b Input) int { return cmp.Compare(a.Cost, b.Cost) })
	var counts []int
	var dim int
	for _, input := range inputs {
		var err error
		if counts, err = countImages(input.X, labels, classes); err != nil {
			return nil, nil, err
		}
		if err := input.check(); err != nil {
			return nil, nil, err
		}
		dim = max(dim, input.last())
	}
	if err := opt.complete(len(labels)); err != nil {
		return nil, nil, err
	}
	for _, input := range inputs {
		if err := checkFinite(ctx, input.X); err != nil {
			return nil, nil, err
		}
	}
	if opt.Groups != nil && len(grouping.Rows(opt.Groups, len(labels))) == len(labels) {
		opt.Groups = nil // all are alone
	}
	p := &problem{labels: labels, classes: len(classes), opt: opt}
	p.split(classes, dim)
	report := &Report{
		Training:    Training{Images: counts, Folds: len(p.folds), Seed: opt.Seed},
		NotMeasured: p.notMeasured, Unmeasured: p.unmeasured, Uneven: p.uneven,
	}
	best, told, candidates, err := p.choose(ctx, inputs)
	if err != nil {
		return nil, nil, err
	}
	report.Head, report.Path, report.Candidates = best.kind, best.path, candidates
	report.Input, report.Blocks = best.view.Name, best.view.used()
	report.Unit = best.unit
	h := &Head{unit: best.unit, temperature: 1, last: best.view.last()}
	if h.layers, err = best.fit(ctx, &report.Training); err != nil {
		return nil, nil, err
	}
	if h.unit {
		h.scale = narrowed(best.view.scale(true))
	}
	if !h.finite() {
		return nil, nil, logistic.ErrOverflow
	}
	if told != nil {
		h.temperature = float32(best.temperature)
		if report.Calibration, err = told.calibration(ctx, best.temperature); err != nil {
			return nil, nil, err
		}
		if report.CrossValidated, err = metrics.EvaluateRows(ctx, told.probabilities(true), p.scorableLabels, p.groupsOf(p.scorable), classes); err != nil {
			return nil, nil, err
		}
		report.OutOfFold = told.outOfFold()
	}
	if err := h.fitUnknown(ctx, p, best.view, report); err != nil {
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

// fitUnknown looks at the last block alone, whatever else the head uses.
func (h *Head) fitUnknown(ctx context.Context, p *problem, v view, report *Report) error {
	opt := ood.Options{KnownRecall: p.opt.KnownRecall, Seed: p.opt.Seed, Workers: p.opt.Workers}
	var err error
	if h.unknown, report.unknown, err = ood.Fit(ctx, matrix.LastColumns(v.X, v.last()), p.labels, p.opt.Groups, p.classes, opt); err != nil {
		return err
	}
	report.last = v.last()
	numbers := h.unknown.Parameters()
	report.Unknown = &Unknown{
		Threshold:   numbers.Threshold,
		KnownRecall: p.opt.KnownRecall,
		Neighbours:  numbers.Neighbours,
		References:  len(numbers.Scales),
	}
	if lost := report.unknown.Lost; lost != nil {
		report.Unknown.Lost = lost.Expected
		report.Unknown.LostInterval = &metrics.Interval{Low: lost.Low, High: lost.High}
	}
	return nil
}

// UnknownScores returns for each row that the head was fitted to the unknown score
// that it gets by training embeddings of other groups, as a new image would. x is
// the matrix that Fit had, or the chosen input's. Its only errors are those of ctx.
func (r *Report) UnknownScores(ctx context.Context, x Matrix) ([]float64, error) {
	return r.unknown.Scores(ctx, matrix.LastColumns(x, r.last))
}

func (h *Head) finite() bool {
	for _, layer := range h.layers {
		if !matrix.Finite(layer.weight) || !matrix.Finite(layer.bias) {
			return false
		}
	}
	return true
}

// countImages returns the number of images of each class.
func countImages(x Matrix, labels []int, classes []string) ([]int, error) {
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
			return nil, &TooFewError{Class: classes[i]}
		}
	}
	return counts, nil
}

func narrowed(values []float64) []float32 {
	var narrow []float32
	for _, v := range values {
		narrow = append(narrow, float32(v))
	}
	return narrow
}
