package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
)

type trainHeadOptions struct {
	extraction
	limits
	output string
	c      string
	seed   uint64
	json   bool
}

func trainHeadCommand(t *terminal) *cli.Command {
	var o trainHeadOptions
	return &cli.Command{
		Name:      "train-head",
		Usage:     "train a head on labelled images and print how good it is",
		ArgsUsage: "DATA... -o HEAD",
		Description: description(`
			Trains L2-regularised logistic regression on the embeddings of DATA (see
			extract), or of its train split where it has splits, and extracts what the
			store lacks. Prints cross-validated scores, and those on val and test.`,
			"headstart train-head pets/ -o pets.onnx",
			"headstart train-head pets/ -o pets.onnx --json --backbone network.onnx"),
		Flags: append(o.extraction.flags(),
			o.limits.flag(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the head to `FILE`", Destination: &o.output},
			&cli.StringFlag{Name: "C", Usage: "inverse regularisation strength `NUMBER`; auto chooses by 5-fold cross-validation", Value: "auto", Destination: &o.c},
			&cli.Uint64Flag{Name: "seed", Usage: "`NUMBER` from which the folds are drawn", Destination: &o.seed},
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() == 0:
				return usagef("train-head needs DATA: a folder with one folder of images per class")
			case o.output == "":
				return usagef("train-head needs -o FILE to write the head to")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runTrainHead(c.Context, t, o, c.Args().Slice())
		},
	}
}

// parseC reads the option -C; 0 is auto.
func parseC(text string) (float64, error) {
	if text == "auto" {
		return 0, nil
	}
	c, err := strconv.ParseFloat(text, 64)
	if err != nil || !(c > 0) || c > 1e12 {
		return 0, usagef("--C %s: neither auto nor a positive number", text)
	}
	return c, nil
}

func runTrainHead(ctx context.Context, t *terminal, o trainHeadOptions, paths []string) error {
	c, err := parseC(o.c)
	if err != nil {
		return err
	}
	if err := checkHeadOutput(o.output); err != nil {
		return err
	}
	data, err := o.scan(t, paths)
	if err != nil {
		return err
	}
	split, err := trainingSplit(data)
	if err != nil {
		return err
	}
	x, err := o.openChosen(t)
	if err != nil {
		return err
	}
	defer x.Close()
	done, err := collect(ctx, t, x, data.Samples)
	if err != nil {
		return err
	}
	noteCopies(t, done)
	report, err := o.train(ctx, x, done, split, c)
	if err != nil {
		return err
	}
	report.warn(t)
	if o.json {
		err = t.json(report)
	} else {
		err = t.table(report.rows())
	}
	if err != nil {
		return err
	}
	return o.status(done.tally)
}

// trainingSplit returns the split to learn from: train, or all there is where
// there are no splits. The other splits must have no labels besides.
func trainingSplit(data *dataset.Dataset) (dataset.Split, error) {
	split := data.Splits()[0] // Unsplit alone, or Train before the others
	if split != dataset.Unsplit && split != dataset.Train {
		return "", fmt.Errorf("the data has no train split to learn from, only %q", data.Splits())
	}
	classes := dataset.Classes(data.In(split))
	for _, class := range classes {
		if !utf8.ValidString(class) {
			return "", fmt.Errorf("class %q: rename the folder, its name is not UTF-8", class)
		}
	}
	_, err := labelsOf(data.Samples, classes)
	return split, err
}

// noteCopies says where one image occurs several times, which makes scores
// look better, or labels contradict each other.
func noteCopies(t *terminal, done *extracted) {
	first := make(map[store.Key]dataset.Sample, len(done.keys))
	var copies, leaks int
	for i, s := range done.samples {
		original, seen := first[done.keys[i]]
		switch {
		case !seen:
			first[done.keys[i]] = s
		case original.Label != s.Label:
			t.note("warning: %s and %s are the same image in different classes", printable(original.Path), printable(s.Path))
		case original.Split != s.Split:
			leaks++
		default:
			copies++
		}
	}
	if copies > 0 {
		t.note("warning: %s of others, so cross-validation is too hopeful", count(copies, "image is a copy", "images are copies"))
	}
	if leaks > 0 {
		t.note("warning: %s in two splits, so the scores are too hopeful", count(leaks, "image is", "images are"))
	}
}

// train fits a head to one split, scores it on the others, and writes it.
func (o *trainHeadOptions) train(ctx context.Context, x *extractor.Extractor, done *extracted, split dataset.Split, c float64) (*trainReport, error) {
	training := done.in(split)
	if len(training.samples) == 0 {
		return nil, fmt.Errorf("no image of the %s split could be read", split)
	}
	classes := dataset.Classes(training.samples)
	labels, err := labelsOf(training.samples, classes)
	if err != nil {
		return nil, err
	}
	rows, err := x.Matrix(training.keys)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	h, fit, err := head.Fit(ctx, rows, labels, classes, head.Options{C: c, Seed: o.seed, Workers: o.workers})
	if errors.Is(err, context.Canceled) {
		return nil, &interruptedError{"no head is written, the embeddings are kept", err}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot train a head: %w", err)
	}
	b := x.Backbone()
	h.Meta.Headstart = version()
	h.Meta.Backbone = head.Backbone{Name: b.Name, SHA256: b.SHA256}
	h.Meta.Spec, h.Meta.SpecHash = x.Spec().JSON(), x.Spec().Hash()
	report := &trainReport{Head: o.output, Backbone: b.Name, Classes: classes, Training: fit.Training, CrossValidated: fit.CrossValidated}
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		held := done.in(split)
		if len(held.samples) == 0 {
			continue
		}
		metrics, err := evaluate(x, h, held)
		if err != nil {
			return nil, err
		}
		if h.Meta.Scores == nil {
			h.Meta.Scores = map[string]head.Scores{}
		}
		h.Meta.Scores[string(split)] = metrics.Scores
		report.Splits = append(report.Splits, splitMetrics{split, metrics})
	}
	if err := h.Write(o.output); err != nil {
		return nil, &outputError{"head", o.output, errors.Unwrap(err)}
	}
	return report, nil
}

// warn says what to doubt.
func (r *trainReport) warn(t *terminal) {
	if solver := r.Training.Solver; solver.Status != head.Converged {
		t.note("warning: the fit did not converge (%s after %d iterations)", solver.Status, solver.Iterations)
	}
	if r.Training.AtEdge() {
		t.note("note: C %g is at the end of what was tried; beyond it, --C may do better", r.Training.C)
	}
	if r.CrossValidated == nil {
		t.note("warning: no cross-validation, since a class has one image: how good the head is was not measured")
	}
}

// in returns what was extracted of one split.
func (e *extracted) in(split dataset.Split) *extracted {
	var in extracted
	for i, s := range e.samples {
		if s.Split == split {
			in.samples = append(in.samples, s)
			in.keys = append(in.keys, e.keys[i])
		}
	}
	return &in
}

// trainReport is what train-head prints.
type trainReport struct {
	Head           string         `json:"head"`
	Backbone       string         `json:"backbone"`
	Classes        []string       `json:"classes"`
	Training       head.Training  `json:"training"`
	CrossValidated *head.Metrics  `json:"cross_validated,omitempty"`
	Splits         []splitMetrics `json:"splits,omitempty"`
}

type splitMetrics struct {
	Split dataset.Split `json:"split"`
	*head.Metrics
}

func (r *trainReport) rows() [][]string {
	images := 0
	var classes []string
	for i, class := range r.Classes {
		images += r.Training.Images[i]
		classes = append(classes, fmt.Sprintf("%s %d", class, r.Training.Images[i]))
	}
	c := fmt.Sprintf("%g", r.Training.C)
	if len(r.Training.Path) > 1 {
		c += fmt.Sprintf(" (chosen by %d-fold cross-validation)", r.Training.Folds)
	}
	rows := [][]string{
		{"head", r.Head},
		{"backbone", r.Backbone},
		{"images", fmt.Sprintf("%d (%s)", images, strings.Join(classes, ", "))},
		{"C", c},
	}
	if r.CrossValidated != nil {
		rows = append(rows, []string{"cross-validated", scoresText(r.CrossValidated.Scores)})
	}
	for _, split := range r.Splits {
		rows = append(rows, []string{string(split.Split), scoresText(split.Scores)})
	}
	return rows
}

// scoresText is one line of scores.
func scoresText(s head.Scores) string {
	return fmt.Sprintf("accuracy %.4f (95 %% interval %.3f to %.3f), log-loss %.4f, on %s", s.Accuracy, s.Interval.Low, s.Interval.High, s.LogLoss, count(s.Images, "image", "images"))
}
