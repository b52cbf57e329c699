package headstart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// ReportOptions says what to put into a [Report]. The zero value is a good choice.
type ReportOptions struct {
	Sources    []string         // what to call the data: the DATA arguments
	Duplicates DuplicateOptions // of Classifier.Report; a TrainReport has its own
}

// Report returns what is worth looking at of the training. The head is not fitted
// again; curves are measured, which takes up to a minute. The Engine must be open, and no other goroutine may use r.
func (r *TrainReport) Report(ctx context.Context, o ReportOptions) (*Report, error) {
	h := r.heldOut
	if h == nil {
		return nil, errors.New("nothing was trained to report on")
	}
	b := &reporter{held: h, found: h.found, same: h.same, units: h.units, options: o}
	b.rows = make([]int, len(h.found.Samples))
	b.over = make([]string, len(h.found.Samples))
	for i, s := range h.found.Samples {
		b.rows[i], b.over[i] = i, string(s.Split)
	}
	return b.report(ctx)
}

// reportMark tells a report's page from others.
const reportMark = `<meta name="generator" content="headstart">`

// WritePage writes a page to the file at path, atomically. It replaces no file but the
// page of a report. An error of content that is not one of writing is returned as it is,
// any other error is an [*OutputError].
func WritePage(path string, content func(io.Writer) error) error {
	var own error
	err := write(PageFile, path, func(w io.Writer) error {
		out := &rememberingWriter{Writer: w}
		err := content(out)
		if out.err == nil {
			own = err
		}
		return err
	})
	return cmp.Or(own, err)
}

// rememberingWriter keeps the first error of writing.
type rememberingWriter struct {
	io.Writer
	err error
}

func (w *rememberingWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = cmp.Or(w.err, err)
	return n, err
}

// reporter makes a Report.
type reporter struct {
	Report
	options ReportOptions
	held    *heldOut
	found   *Embeddings // all that could be read
	same    *alike      // of found
	units   []int       // of found
	rows    []int       // of each image of held, its index in found
	over    []string    // of each of found, what scores a prediction by the head itself is in
	images  []reportImage
	tallies map[string]*plotTally // by what scores they are of
	recalls []metrics.Share       // of each class, of all images with a prediction
}

// reportImage is what a report knows of an image of found. Numbers that are not known
// are NaN.
type reportImage struct {
	over           string // what scores it is in; "" if it has no prediction
	label, class   int    // class is -1 if it has no prediction
	probability    float64
	ofLabel        float64
	wrong          float64
	unknown        float64
	group          string
	crossValidated bool
}

func (i *reportImage) predicted() bool { return i.class >= 0 }
func (i *reportImage) suspected() bool { return i.wrong > 0.5 }
func (i *reportImage) mistaken() bool  { return i.predicted() && i.class != i.label }

func (b *reporter) report(ctx context.Context) (*Report, error) {
	b.describe()
	if err := b.predict(ctx); err != nil {
		return nil, err
	}
	if err := b.measure(ctx); err != nil {
		return nil, err
	}
	ranked := b.rank()
	chosen := b.choose(ranked)
	if err := b.photograph(ctx, chosen); err != nil {
		return nil, err
	}
	b.fillIn(ranked, chosen)
	if err := b.look(ctx, chosen); err != nil {
		return nil, err
	}
	b.countUnknown()
	if err := b.addCurves(ctx, chosen); err != nil {
		return nil, err
	}
	b.advise()
	return &b.Report, nil
}

// describe says what head and what data the report is about.
func (b *reporter) describe() {
	c := b.held.classifier
	meta := c.Meta()
	b.Classes = c.Classes()
	b.Head = ReportHead{Version: meta.Headstart, Backbone: meta.Backbone, Training: meta.Training}
	if saved := c.saved.Load(); saved != nil {
		b.Head.File, b.Head.Digest = pathjson.String(saved.path), saved.digest
	}
	b.Tried = slices.Clone(meta.Training.Candidates)
	counted := DataReport{}
	counted.countClasses(b.found.Samples)
	b.Data = ReportData{
		Images: len(b.found.Samples) + len(b.found.Unreadable), Classes: counted.Classes,
		Unreadable: []UnreadableImage{}, UnreadableImages: len(b.found.Unreadable), Skipped: b.found.Skipped,
	}
	for _, source := range b.options.Sources {
		b.Data.Sources = append(b.Data.Sources, pathjson.String(source))
	}
	for _, u := range b.found.Unreadable[:min(len(b.found.Unreadable), MaxUnreadable)] {
		b.Data.Unreadable = append(b.Data.Unreadable, UnreadableImage{pathjson.String(u.Path), u.Err.Error()})
	}
}

// predict asks for the held-out prediction of each image.
func (b *reporter) predict(ctx context.Context) error {
	nan := math.NaN()
	b.images = make([]reportImage, len(b.found.Samples))
	for i, s := range b.found.Samples {
		b.images[i] = reportImage{
			label: dataset.FindClass(b.Classes, s.Label), class: -1, group: s.Group,
			probability: nan, ofLabel: nan, wrong: nan, unknown: nan,
		}
	}
	b.tallies = map[string]*plotTally{}
	next := 0
	err := b.held.each(ctx, func(p HeldOutPrediction) bool {
		i := b.rows[next]
		next++
		image := &b.images[i]
		image.unknown, image.wrong, image.group = p.UnknownScore, p.LabelError, p.Group
		if p.Class == "" {
			return true
		}
		image.over, image.crossValidated = b.over[i], p.Fold >= 0
		if image.crossValidated {
			image.over = OverCrossValidation
		}
		image.class = dataset.FindClass(b.Classes, p.Class)
		image.probability, image.ofLabel = p.Probability, p.LabelProbability
		tally := b.tallies[image.over]
		if tally == nil {
			tally = newPlotTally(len(b.Classes))
			b.tallies[image.over] = tally
		}
		tally.add(p.Probabilities, image.label, image.class, b.units[i])
		return true
	})
	for i := range b.images {
		if !b.images[i].predicted() {
			b.Data.Unpredicted++
		}
	}
	return err
}

// NotMeasuredError says that no image can be measured without flattering the head.
type NotMeasuredError struct{ Reason string }

func (e *NotMeasuredError) Error() string { return "nothing can be measured: " + e.Reason }

// measure finds the scores of each kind, and which of them the report is about: those
// of test, or of val, or else the larger of the others.
func (b *reporter) measure(ctx context.Context) error {
	b.Others = []OtherScores{} // an empty list in JSON, not null
	var best *Measured
	for _, over := range []string{OverTest, OverVal, OverUnseen, OverCrossValidation} {
		m, err := b.measureOver(ctx, over)
		if err != nil {
			return err
		}
		switch {
		case m == nil:
		case best == nil:
			best = m
		case best.Over == OverUnseen && m.Images > best.Images:
			b.Others = append(b.Others, OtherScores{best.Over, best.Scores})
			best = m
		default:
			b.Others = append(b.Others, OtherScores{m.Over, m.Scores})
		}
	}
	if best == nil {
		return b.notMeasured()
	}
	b.Measured = *best
	b.tallies[best.Over].fillIn(&b.Measured)
	b.tallies = nil
	return nil
}

func (b *reporter) notMeasured() error {
	if fit := b.held.fit; fit != nil && fit.NotMeasured != "" {
		return &NotMeasuredError{fit.NotMeasured}
	}
	return &NotMeasuredError{fmt.Sprintf("of the %d images, those that the head has not seen are of fewer than two classes", len(b.found.Samples))}
}

// measureOver returns the scores of one kind, nil if there are none, or if all of
// their images are of one class.
func (b *reporter) measureOver(ctx context.Context, over string) (*Measured, error) {
	classes := map[int]bool{}
	for i := range b.images {
		if b.images[i].over == over {
			classes[b.images[i].label] = true
		}
	}
	switch {
	case len(classes) < 2:
		return nil, nil
	case over == OverCrossValidation:
		return &Measured{Over: over, Metrics: b.held.fit.CrossValidated}, nil
	}
	wanted := func(i int) bool { return b.images[i].over == over }
	var units []int
	for i, unit := range b.units {
		if wanted(i) {
			units = append(units, unit)
		}
	}
	_, m, err := b.held.classifier.measure(ctx, b.found.only(wanted), units)
	return &Measured{Over: over, Metrics: m}, err
}
