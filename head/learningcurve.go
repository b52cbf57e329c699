package head

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/stat"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// CurveOptions says how to measure a LearningCurve. The zero value is a good
// choice.
type CurveOptions struct {
	// Head is the kind of head; empty means LogisticUnit, which is fast and with few
	// images the most accurate. It is not Auto: a choice of the kind for each draw
	// would take minutes.
	Head string
	// C is as in Options. 0 chooses it once, by cross-validation on images that are
	// not held out, at most 1,000 of them, and takes it for every draw: it is the
	// variance that weights are expected to have, which does not depend on how many
	// images there are.
	C float64
	// Hidden is the number of hidden units of MLP; 0 means 256.
	Hidden int
	// HeldOut tells which rows are measured on and learnt from by no draw. nil means
	// a quarter of each class, drawn by Seed, groups whole.
	HeldOut []bool
	// Groups numbers the group of each row, as in Options. Rows of a group that is
	// held out in part are not learnt from.
	Groups []int
	// Draws is the most draws of each size; 0 means 20. There are fewer where they
	// would take long, see LearningCurve.
	Draws int
	// Seed decides the rows held out and the draws.
	Seed uint64
	// Workers is the number of processor cores to use; 0 means all. The result does
	// not depend on it.
	Workers int
}

// LearningCurve tells how good heads of one kind are that learn from fewer images,
// and what more images would bring.
//
// All are measured on the same held-out images, of which no draw has seen one, nor
// another of its group, and which had no say in the choice of C. Probabilities
// are not calibrated: that takes a cross-validation for each draw.
type LearningCurve struct {
	Head    string       `json:"head"`        // the kind
	C       float64      `json:"c,omitempty"` // of all draws, see CurveOptions
	Classes int          `json:"classes"`     // that are learnt; images of others are in no number
	HeldOut int          `json:"held_out"`    // images measured on
	Groups  int          `json:"groups"`      // of HeldOut; its number of images if all are alone
	Images  int          `json:"images"`      // that draws are taken from
	Unused  int          `json:"unused"`      // images of Classes in neither, as that would take too long
	Chance  float64      `json:"chance"`      // accuracy of always naming the class with most images
	Points  []CurvePoint `json:"points"`      // in ascending order
	// Last are the scores of the first draw of the last point.
	Last metrics.Scores `json:"last"`
	// Twice as many images as the last point has are expected to bring this.
	Accuracy Projection `json:"accuracy_projection"`
	LogLoss  Projection `json:"log_loss_projection"`

	outcomes [][]outcome // of each draw of each point
	groups   []int       // of held-out images
}

// CurvePoint is the result of several draws of so many images of each class. SD are
// standard deviations over draws, 0 if there is but one. Of a size near all images
// draws are alike, and the deviation is too small to tell what other images would do.
type CurvePoint struct {
	PerClass   int     `json:"per_class"` // images of each class; one with fewer gives all it has
	Images     float64 `json:"images"`    // in a draw, the mean
	Draws      int     `json:"draws"`
	Accuracy   float64 `json:"accuracy"` // share of held-out images, mean over draws
	AccuracySD float64 `json:"accuracy_sd"`
	LogLoss    float64 `json:"log_loss"` // mean over held-out images and draws, natural logarithm
	LogLossSD  float64 `json:"log_loss_sd"`
}

// An outcome is what a head that learnt from one draw says of the held-out images.
type outcome struct {
	images int
	wrong  []float64   // 1 for each held-out image whose likeliest class is another one, else 0
	loss   []float64   // log-loss of each held-out image
	told   [][]float64 // the probabilities of each held-out image's classes, if they are kept
}

// ErrNoCurve says that there is no curve to measure.
var ErrNoCurve = errors.New("no learning curve: there are fewer than two classes with images to learn from, or none to hold out")

// MeasureCurve draws some of the rows, fits a head to them, measures it on rows
// that are in no draw, and repeats that for 2, 5, 10, 20, 50, … images of each class,
// up to all. The draws of a size are independent of each other, and those of one
// number are nested.
//
// There are 20 draws of each size, fewer where fits take long, down to three, and
// one of all. Sizes of which one fit would take too long are left out. As that is
// decided by the number of rows and values, the result is the same on every
// machine.
//
// Besides the errors of ctx, which end it within about a second, and of bad options
// it returns ErrOneClass, ErrNoCurve and a *NotFiniteError.
func MeasureCurve(ctx context.Context, x Matrix, labels []int, opt CurveOptions) (*LearningCurve, error) {
	if err := opt.complete(x.Len()); err != nil {
		return nil, err
	}
	if len(labels) != x.Len() {
		return nil, fmt.Errorf("there are %d embeddings and %d labels", x.Len(), len(labels))
	}
	if err := checkFinite(ctx, x); err != nil {
		return nil, err
	}
	d, err := newDrawing(labels, opt)
	if err != nil {
		return nil, err
	}
	r := &curveRun{drawing: d, x: x, opt: opt}
	curve := &LearningCurve{Head: opt.Head, Classes: d.classes, HeldOut: len(d.held), Images: len(d.pool), Unused: d.unused, groups: d.groupsOf(d.held)}
	if curve.C, err = r.chooseC(ctx); err != nil {
		return nil, err
	}
	r.opt.C = curve.C
	sizes := d.sizes()
	affordable := slices.DeleteFunc(slices.Clone(sizes), func(k int) bool { return r.products(d.most(k)) > maxFitProducts })
	if len(affordable) == 0 {
		return nil, errTooLong
	}
	if last := affordable[len(affordable)-1]; last < sizes[len(sizes)-1] {
		curve.Unused += len(d.pool) - d.most(last)
	}
	if curve.outcomes, err = r.run(ctx, affordable); err != nil {
		return nil, err
	}
	curve.Groups, curve.Chance = d.heldGroups(), d.chance()
	for i, k := range affordable {
		curve.Points = append(curve.Points, newPoint(k, curve.outcomes[i]))
	}
	last := curve.outcomes[len(affordable)-1][0].told
	scores, err := metrics.EvaluateRows(ctx, func(i int) []float64 { return last[i] }, d.labelsOf(d.held), curve.groups, make([]string, d.classes))
	if err != nil {
		return nil, err
	}
	curve.Last = scores.Scores
	return curve, curve.project(ctx, opt.Seed)
}

// errTooLong is ErrNoCurve for embeddings that are too large, or classes too many.
var errTooLong = fmt.Errorf("%w within reasonable time", ErrNoCurve)

func (o *CurveOptions) complete(images int) error {
	if o.Head == "" {
		o.Head = LogisticUnit
	}
	if o.Head == Auto {
		return errors.New("a learning curve is of one kind of head, not of auto")
	}
	if o.Draws == 0 {
		o.Draws = 20
	}
	if o.Draws < 0 {
		return fmt.Errorf("bad number of draws %d", o.Draws)
	}
	if o.HeldOut != nil && len(o.HeldOut) != images {
		return fmt.Errorf("there are %d embeddings, and %d that are held out or not", images, len(o.HeldOut))
	}
	fit := o.fit()
	fit.Groups = o.Groups
	if err := fit.complete(images); err != nil {
		return err
	}
	o.Hidden = fit.Hidden
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return nil
}

// fit returns the options of one fit.
func (o *CurveOptions) fit() Options {
	return Options{Head: o.Head, C: o.C, Hidden: o.Hidden, Seed: o.Seed, Workers: o.Workers}
}

// Of products of a value and a weight in one pass over the rows of a draw, there
// are at most so many in one fit, and in all fits of one size unless that has the
// fewest draws. They were chosen so that a curve of 10,000 images with 1,280 values
// takes about ten seconds on two cores. Only tests change them.
var (
	maxFitProducts  = 1 << 28
	maxSizeProducts = 1 << 26
)

const fewestDraws = 3

// choosingImages limits the images that C is chosen by.
const choosingImages = 1000

// A curveRun fits heads to draws.
type curveRun struct {
	*drawing
	x   Matrix
	opt CurveOptions
}

// chooseC cross-validates C. It is 0 for kinds that have none.
func (r *curveRun) chooseC(ctx context.Context) (float64, error) {
	if r.opt.C > 0 || r.opt.Head != Logistic && r.opt.Head != LogisticUnit {
		return r.opt.C, nil
	}
	rows := r.draw(max(1, choosingImages/r.classes), 0)
	opt := r.opt.fit()
	opt.Groups = r.groupsOf(rows)
	if err := opt.complete(len(rows)); err != nil {
		return 0, err
	}
	p := r.problem(rows, opt)
	p.split(make([]string, r.classes), r.x.Dim())
	t, err := r.try(ctx, p, rows)
	if err != nil {
		return 0, err
	}
	return t.c, nil
}

// problem is that of learning from some rows.
func (r *curveRun) problem(rows []int, opt Options) *problem {
	return &problem{labels: r.labelsOf(rows), classes: r.classes, opt: opt, rough: true}
}

// try learns from the rows of a problem.
func (r *curveRun) try(ctx context.Context, p *problem, rows []int) (*trial, error) {
	x, err := p.measure(ctx, Input{X: matrix.Selection{Float32: r.x, Rows: rows}})
	if err != nil {
		return nil, err
	}
	return p.try(ctx, view{measured: x}, p.opt.Head, nil)
}

// products is the number of products in one pass over so many rows.
func (r *curveRun) products(rows int) int {
	width := r.classes
	if r.opt.Head == MLP {
		width = r.opt.Hidden
	}
	return rows * width * r.x.Dim()
}

// drawsOf returns how many draws of a size there are.
func (r *curveRun) drawsOf(perClass int) int {
	if perClass >= r.largest {
		return 1
	}
	return min(r.opt.Draws, max(fewestDraws, maxSizeProducts/r.products(r.most(perClass))))
}

// run returns the outcomes of all draws of all sizes. The longest come first, so
// that workers end together.
func (r *curveRun) run(ctx context.Context, sizes []int) ([][]outcome, error) {
	outcomes := make([][]outcome, len(sizes))
	var fits errgroup.Group
	var faults matrix.Faults
	fits.SetLimit(r.opt.Workers)
	for i, k := range slices.Backward(sizes) {
		outcomes[i] = make([]outcome, r.drawsOf(k))
		for n := range outcomes[i] {
			fits.Go(func() (err error) {
				faults.Run(func() { outcomes[i][n], err = r.measure(ctx, r.draw(k, n), n == 0 && i == len(sizes)-1) })
				return err
			})
		}
	}
	err := fits.Wait()
	faults.Rethrow()
	return outcomes, err
}

// measure fits a head to some rows and tells what it says of those held out. It keeps
// all it says if that is wanted.
func (r *curveRun) measure(ctx context.Context, rows []int, keep bool) (outcome, error) {
	if err := ctx.Err(); err != nil {
		return outcome{}, err
	}
	opt := r.opt.fit()
	opt.Workers, opt.Groups = 1, r.groupsOf(rows)
	t, err := r.try(ctx, r.problem(rows, opt), rows)
	if err != nil {
		return outcome{}, err
	}
	h := &Head{unit: opt.Head == LogisticUnit, temperature: 1, last: r.x.Dim(), Meta: Meta{Classes: make([]string, r.classes)}}
	if h.layers, err = t.fit(ctx, &Training{}); err != nil {
		return outcome{}, err
	}
	o := outcome{images: len(rows), wrong: make([]float64, len(r.held)), loss: make([]float64, len(r.held))}
	var probabilities []float64
	for i, row := range r.held {
		if err := ctx.Err(); err != nil {
			return outcome{}, err
		}
		probabilities = h.Probabilities(r.x.Row(row), probabilities)
		label := r.labels[row]
		o.loss[i] = metrics.LogLoss(probabilities[label])
		if slices.Max(probabilities) > probabilities[label] {
			o.wrong[i] = 1
		}
		if keep {
			o.told = append(o.told, slices.Clone(probabilities))
		}
	}
	return o, nil
}

// newPoint summarises the draws of one size.
func newPoint(perClass int, outcomes []outcome) CurvePoint {
	p := CurvePoint{PerClass: perClass, Draws: len(outcomes)}
	var accuracy, loss []float64
	for _, o := range outcomes {
		p.Images += float64(o.images)
		accuracy = append(accuracy, 1-stat.Mean(o.wrong, nil))
		loss = append(loss, stat.Mean(o.loss, nil))
	}
	p.Images /= float64(len(outcomes))
	p.Accuracy, p.AccuracySD = meanAndDeviation(accuracy)
	p.LogLoss, p.LogLossSD = meanAndDeviation(loss)
	return p
}

func meanAndDeviation(values []float64) (mean, deviation float64) {
	if len(values) < 2 {
		return stat.Mean(values, nil), 0
	}
	return stat.MeanStdDev(values, nil)
}
