package head

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/digitalinnovationone/headstart/head/internal/logistic"
)

// Options says how to fit a head. The zero value is a good choice.
type Options struct {
	// C is the inverse strength of the L2 penalty, as in scikit-learn. 0 means
	// the value of Grid with the lowest cross-validated log-loss.
	C float64
	// Folds is the number of parts of the cross-validation; 0 means 5. There
	// are never more than images.
	Folds int
	// Seed decides which images share a fold.
	Seed uint64
	// Workers is the number of processor cores to use; 0 means all. The result
	// does not depend on it.
	Workers int
}

// Grid returns the values of C that are tried when none is given: 1e-4 to 10,
// two a decade, in ascending order.
func Grid() []float64 {
	return []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10}
}

// Training says how a head was fitted. It is kept in the head file.
type Training struct {
	Images []int   `json:"images"` // per class
	C      float64 `json:"c"`      // that of the head
	Folds  int     `json:"folds"`  // 0 if there was no cross-validation
	Seed   uint64  `json:"seed"`
	// Path is every C that was cross-validated, in ascending order. Where two
	// in a row are worse than one before, larger ones are not tried.
	Path   []PathPoint `json:"path,omitempty"`
	Solver Solver      `json:"solver"` // of the fit to all images
}

// PathPoint is what cross-validation says of one value of C.
type PathPoint struct {
	C         float64 `json:"c"`
	LogLoss   float64 `json:"log_loss"`  // mean over held-out images, natural logarithm
	Converged bool    `json:"converged"` // in every fold
}

// How a fit can end.
const (
	Converged      = logistic.Converged      // as near to the optimum as was asked for
	NoProgress     = logistic.NoProgress     // rounding errors hid the way on before that
	IterationLimit = logistic.IterationLimit // stopped before that
)

// Solver says how the iterations of a fit ended.
type Solver struct {
	Status     string `json:"status"` // Converged, NoProgress or IterationLimit
	Iterations int    `json:"iterations"`
	// Objective is C · Σ log-loss + ½‖W‖², natural logarithm, W being the
	// weights of standardised embeddings.
	Objective float64 `json:"objective"`
	// GradientNorm is the Euclidean norm of the objective's gradient. W is about
	// so far from the optimum at most, as the penalty makes the objective
	// 1-strongly convex in W.
	GradientNorm float64 `json:"gradient_norm"`
}

// AtEdge tells whether C was chosen at an end of Grid, so that a value outside
// might be better.
func (t Training) AtEdge() bool {
	if len(t.Path) < 2 {
		return false
	}
	return t.C == t.Path[0].C || t.C == t.Path[len(t.Path)-1].C
}

// Report is what a fit tells besides the head.
type Report struct {
	Training
	// CrossValidated are the scores of HeldOut; nil if there was no
	// cross-validation, because C was given and a class has one image.
	CrossValidated *Metrics
	// HeldOut holds for each image the probabilities given by a head that was
	// fitted with the final C to the folds without that image.
	HeldOut [][]float64
}

// ErrOneClass says that there is nothing to tell apart.
var ErrOneClass = errors.New("there are fewer than two classes")

// TooFewError says that a class has too few images to learn it.
type TooFewError struct {
	Class  string
	Count  int // images it has
	Needed int // 1, or 2 if C is to be chosen by cross-validation
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
// The head's Meta holds its classes, training and cross-validated scores; the
// rest is the caller's to fill in.
func Fit(ctx context.Context, x Matrix, labels []int, classes []string, opt Options) (*Head, *Report, error) {
	counts, err := count(x, labels, classes)
	if err != nil {
		return nil, nil, err
	}
	if err := opt.complete(); err != nil {
		return nil, nil, err
	}
	if err := checkFinite(x); err != nil {
		return nil, nil, err
	}
	report := &Report{Training: Training{Images: counts, C: opt.C, Seed: opt.Seed}}
	trainer, err := logistic.New(ctx, logistic.Problem{
		X: x, Labels: labels, Classes: len(classes), Standardise: true, Workers: opt.Workers,
	})
	if err != nil {
		return nil, nil, err
	}
	start, err := report.crossValidate(ctx, trainer, labels, classes, opt)
	if err != nil {
		return nil, nil, err
	}
	model, err := trainer.Fit(ctx, report.C, start)
	if err != nil {
		return nil, nil, err
	}
	report.Solver = Solver(model.Solver)
	h := newHead(model, x.Dim(), classes, report)
	if !finite(h.weight) || !finite(h.bias) {
		return nil, nil, logistic.ErrOverflow
	}
	return h, report, nil
}

// crossValidate sets C and all that comes of cross-validation, where there are
// images enough for it. It returns a good start for the fit to all images, or
// nil.
func (r *Report) crossValidate(ctx context.Context, trainer *logistic.Trainer, labels []int, classes []string, opt Options) (logistic.Start, error) {
	cs := []float64{opt.C}
	if opt.C == 0 {
		cs = Grid()
	}
	for i, n := range r.Images {
		switch {
		case n >= 2:
		case opt.C == 0:
			return nil, &TooFewError{Class: classes[i], Count: n, Needed: 2}
		default:
			return nil, nil
		}
	}
	held := stratify(labels, len(classes), opt.Folds, opt.Seed)
	result, err := trainer.CrossValidate(ctx, held, cs)
	if err != nil {
		return nil, err
	}
	for _, point := range result.Path {
		r.Path = append(r.Path, PathPoint(point))
	}
	r.C, r.Folds = result.Best.C, len(held)
	r.HeldOut = result.Logits
	for _, row := range r.HeldOut {
		softmax(row)
	}
	r.CrossValidated = Evaluate(r.HeldOut, labels, classes)
	return result.Start, nil
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

// complete puts defaults in the place of zeros.
func (o *Options) complete() error {
	if !(o.C >= 0 && o.C-o.C == 0) {
		return fmt.Errorf("bad C %v: it must be a positive number", o.C)
	}
	if o.Folds == 0 {
		o.Folds = 5
	}
	if o.Folds < 2 {
		return fmt.Errorf("bad number of folds %d: it must be 2 or more", o.Folds)
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Workers < 0 {
		return fmt.Errorf("bad number of workers %d", o.Workers)
	}
	return nil
}
