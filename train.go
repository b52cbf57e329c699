package headstart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// TrainOptions says how to train a head. The zero value is a good choice.
type TrainOptions struct {
	Effort      string           // one of Efforts(): how much is tried; empty means EffortNormal
	Head        string           // one of head.Kinds(); empty means head.Auto
	C           float64          // see head.Options; 0 chooses it by cross-validation
	Hidden      int              // units of head.MLP; 0 means 256
	KnownRecall float64          // see head.Options; 0 means 0.95
	Weights     ClassWeights     // how much the images of each class count
	Duplicates  DuplicateOptions // which images are never parted
	Holdout     Holdout          // what to hold back of data that has no splits
	Seed        uint64           // of the folds, the held-back images, and head.MLP
}

// check refuses options that make no sense, before minutes of work.
func (o TrainOptions) check(data *dataset.Dataset) error {
	if o.Effort != "" && !slices.Contains(Efforts(), o.Effort) {
		return fmt.Errorf("effort %q is not one of %s", o.Effort, strings.Join(Efforts(), ", "))
	}
	if err := o.Holdout.Check(data); err != nil {
		return err
	}
	return o.head().Check()
}

func (o TrainOptions) head() head.Options {
	return head.Options{Head: o.Head, C: o.C, Hidden: o.Hidden, KnownRecall: o.KnownRecall, Seed: o.Seed}
}

// TrainReport tells how good a head is, and what it was made from.
type TrainReport struct {
	Head     string        `json:"head,omitempty"` // its file, once it is saved; the kind is Training.Head
	Backbone string        `json:"backbone"`
	Classes  []string      `json:"classes"`
	Training head.Training `json:"training"`
	Inputs   []TriedInput  `json:"inputs,omitempty"` // that were tried, if there are several; Training.Input names the one chosen
	// CrossValidated and Calibration are nil where NotMeasured says why.
	CrossValidated *metrics.Metrics  `json:"cross_validated,omitempty"`
	Calibration    *head.Calibration `json:"calibration,omitempty"`
	NotMeasured    string            `json:"not_measured,omitempty"` // why there was no cross-validation
	Unmeasured     []string          `json:"unmeasured,omitempty"`   // classes that are in no cross-validated score, see head.Report
	Uneven         []head.Uneven     `json:"-"`                      // classes that groups kept from being spread evenly over folds
	Unknown        *head.Unknown     `json:"unknown"`
	Splits         []SplitMetrics    `json:"splits,omitempty"` // val and test, where there are such
	// LabelErrors are the images whose labels are more likely wrong than right, the
	// most suspect first: of the training split by cross-validation, of val and test
	// by the head. Nil without cross-validation.
	LabelErrors    []LabelError    `json:"label_errors"`
	Contradictions []Contradiction `json:"contradictions"` // duplicates with different labels
	Unreadable     int             `json:"-"`              // images, which are in no score
	Notes          []Note          `json:"-"`              // what to know or to doubt

	heldOut *heldOut
}

// Mistakes returns the n most confident mistakes of cross-validation.
func (r *TrainReport) Mistakes(n int) []Mistake {
	if r.heldOut == nil { // nothing was trained
		return nil
	}
	return r.heldOut.training.mistakes(max(0, n))
}

// SplitMetrics are the scores on one split.
type SplitMetrics struct {
	Split dataset.Split `json:"split"`
	*metrics.Metrics
}

// Train fits a head to the train split of labelled data, or to all of it where
// it has no splits, and measures it by cross-validation and on the val and test
// splits. Embeddings that the store lacks are made first. Besides errors of the
// data and of ctx it returns those of head.Fit and ErrSameImages, with a report that
// holds only notes on the data.
func (e *Engine) Train(ctx context.Context, data *dataset.Dataset, options TrainOptions) (*Classifier, *TrainReport, error) {
	if data == nil || len(data.Samples) == 0 {
		return nil, nil, dataset.ErrEmpty
	}
	if err := options.check(data); err != nil {
		return nil, nil, err
	}
	split, err := trainingSplit(data.Samples)
	if err != nil {
		return nil, nil, err
	}
	if err := options.Weights.check(dataset.Classes(data.In(split))); err != nil {
		return nil, nil, err
	}
	inputs, said, err := e.inputs(options.Effort)
	if err != nil {
		return nil, nil, err
	}
	inputs, refused, err := e.extractInputs(ctx, inputs, data.Samples)
	if err != nil {
		return nil, nil, err
	}
	said = append(said, refused...)
	found := inputs[0].found
	same, err := found.findAlike(ctx, options.Duplicates)
	if err != nil {
		return nil, nil, err
	}
	if options.Holdout.wanted() {
		held, err := found.holdBack(options.Holdout, same, options.Seed)
		if err != nil {
			return nil, nil, err
		}
		said = append(said, held...)
		if split, err = trainingSplit(found.Samples); err != nil {
			return nil, nil, err
		}
		for _, in := range inputs {
			in.found.Samples = found.Samples
		}
	}
	units := found.numbered(same)
	contradictions := found.contradictions(same)
	said.noteContradictions(contradictions)
	said.noteCopies(found, same, split)
	said.noteLeaks(found, units, split)
	said.noteUnmeasured(data, found)
	c, report, err := e.train(ctx, inputs, same, units, split, options)
	if err != nil {
		return nil, &TrainReport{Notes: said}, err
	}
	found = report.heldOut.found
	if found.x != inputs[0].x && !options.Duplicates.NoNear { // other embeddings have other distances
		if same, err = found.findAlike(ctx, options.Duplicates); err != nil {
			return nil, nil, err
		}
	}
	remember(c.head, found, same, split)
	report.Contradictions, report.Unreadable = contradictions, len(found.Unreadable)
	report.Notes = append(said, report.doubts(options.Head)...)
	return c, report, nil
}

// train fits a head to one split and measures it on the others.
func (e *Engine) train(ctx context.Context, inputs []*input, same *alike, units []int, split dataset.Split, o TrainOptions) (*Classifier, *TrainReport, error) {
	training := inputs[0].found.In(split)
	groups := inputs[0].found.unitsIn(split, units)
	if len(training.Samples) == 0 {
		return nil, nil, fmt.Errorf("no image of the %s split could be read", split)
	}
	classes := dataset.Classes(training.Samples)
	labels, err := labelsOf(training.Samples, classes)
	if err != nil {
		return nil, nil, err
	}
	e.event(FitStarted{len(classes), len(labels)})
	options := o.head()
	options.Groups = groups
	options.Weights, options.Workers = rowWeights(training.Samples, labels, classes, o.Weights), e.workers()
	h, fit, err := fitInputs(ctx, inputs, split, labels, classes, options)
	e.event(FitDone{})
	if err != nil {
		return nil, nil, err
	}
	chosen := chosenOf(inputs, fit.Training)
	b, found := chosen.used(fit.Training), chosen.found.lastColumns(h.Dim())
	training = found.In(split)
	spec := extractor.SpecOf(b)
	if o.Holdout.wanted() {
		h.Meta.Holdout = &head.Holdout{Test: o.Holdout.Test, Val: o.Holdout.Val, Seed: o.Seed}
	}
	h.Meta.Headstart = Version()
	h.Meta.Backbone = head.Backbone{Name: b.Name, SHA256: b.SHA256}
	h.Meta.Spec, h.Meta.SpecHash, h.Meta.Tried = spec.JSON(), spec.Hash(), recordTried(inputs, spec)
	c := &Classifier{engine: e, backbone: b, head: h}
	report := &TrainReport{
		Backbone: b.Name, Classes: classes, Training: fit.Training, Inputs: triedInputs(inputs),
		CrossValidated: fit.CrossValidated, Calibration: fit.Calibration, Unknown: fit.Unknown,
		NotMeasured: fit.NotMeasured, Unmeasured: fit.Unmeasured, Uneven: fit.Uneven,
		heldOut: &heldOut{found: found, same: same, units: units, groups: found.unitNames(units), split: split, classifier: c, fit: fit},
	}
	report.heldOut.training = report.heldOut.crossValidated(training, labels, groups)
	var predicted []*labelledPredictions
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		held := found.In(split)
		if len(dataset.Classes(held.Samples)) < 2 {
			continue
		}
		p, measured, err := c.measure(ctx, held, found.unitsIn(split, units))
		if err != nil {
			return nil, nil, err
		}
		if h.Meta.Scores == nil {
			h.Meta.Scores = map[string]metrics.Scores{}
		}
		h.Meta.Scores[string(split)] = measured.Scores
		report.Splits = append(report.Splits, SplitMetrics{split, measured})
		predicted = append(predicted, p)
	}
	if report.LabelErrors, err = report.heldOut.findLabelErrors(ctx, groups, predicted); err != nil {
		return nil, nil, err
	}
	return c, report, nil
}

// fitInputs fits a head to the rows of one split, by the best of the inputs.
func fitInputs(ctx context.Context, inputs []*input, split dataset.Split, labels []int, classes []string, o head.Options) (h *head.Head, fit *head.Report, err error) {
	var of []head.Input
	run := func() (err error) {
		if allEqual(of[0].X) {
			return ErrSameImages
		}
		h, fit, err = head.FitBest(ctx, of, labels, classes, o)
		return err
	}
	for _, in := range inputs {
		one, rows, err := in.forHead(ctx, split)
		if err != nil {
			return nil, nil, err
		}
		defer rows.Close()
		of = append(of, one)
		inner := run
		run = func() error { return rows.Guard(inner) }
	}
	if err = run(); err != nil && !errors.Is(err, context.Canceled) {
		err = fmt.Errorf("cannot train a head: %w", err)
	}
	return h, fit, err
}

// allEqual tells whether all rows are the same.
func allEqual(rows head.Matrix) bool {
	for i := 1; i < rows.Len(); i++ {
		if !slices.Equal(rows.Row(i), rows.Row(0)) {
			return false
		}
	}
	return true
}

// unitsIn returns the units of the samples of a split, given those of all.
func (e *Embeddings) unitsIn(split dataset.Split, units []int) (of []int) {
	for i, s := range e.Samples {
		if s.Split == split {
			of = append(of, units[i])
		}
	}
	return of
}

// remember has the head know the split of each image. To the head, an image that is
// a duplicate of one that it was trained on is of the train split too.
func remember(h *head.Head, found *Embeddings, same *alike, training dataset.Split) {
	trained := found.In(training).Keys
	for _, group := range same.groups {
		if slices.ContainsFunc(group, func(i int) bool { return found.Samples[i].Split == training }) {
			for _, i := range group {
				trained = append(trained, found.Keys[i])
			}
		}
	}
	head.Remember(h, string(dataset.Train), trained)
	h.Meta.NearBound = same.bound
	h.RememberPictures(same.sketches(trained), same.whole)
	for _, split := range []dataset.Split{dataset.Test, dataset.Val} {
		if held := found.In(split); len(held.Keys) > 0 {
			head.Remember(h, string(split), held.Keys)
		}
	}
}

// trainingSplit returns the split to learn from: train, or all there is where
// there are no splits. The other splits must have no further labels.
func trainingSplit(samples []dataset.Sample) (dataset.Split, error) {
	data := &dataset.Dataset{Samples: samples}
	splits := data.Splits()
	if len(splits) == 0 {
		return "", dataset.ErrEmpty
	}
	split := splits[0] // Unsplit alone, or Train before the others
	if split != dataset.Unsplit && split != dataset.Train {
		return "", fmt.Errorf("the data has no train split to learn from, only %q", splits)
	}
	classes := dataset.Classes(data.In(split))
	switch len(classes) {
	case 0:
		return "", dataset.ErrUnlabelled
	case 1:
		return "", fmt.Errorf("cannot train a head: %w", head.ErrOneClass)
	}
	for _, class := range classes {
		if !utf8.ValidString(class) {
			return "", fmt.Errorf("class %q: rename the folder, its name is not UTF-8", class)
		}
	}
	return split, checkLabels(samples, classes)
}
