package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

type trainHeadOptions struct {
	extraction
	limits
	splitting
	output      string
	head        string
	c           string
	hidden      int
	classWeight string
	keep        float64
	seed        uint64
	json        bool
}

func trainHeadCommand(t *terminal) *cli.Command {
	var o trainHeadOptions
	return &cli.Command{
		Name:      "train-head",
		Usage:     "train a head on labelled images and print how good it is",
		ArgsUsage: "DATA... -o HEAD",
		Description: description(`
			Trains a head on the embeddings of DATA (see extract), or of its train split
			where it has splits, and extracts what the store lacks. Kinds of heads:
			logistic-unit (L2-regularised logistic regression on embeddings of length 1),
			logistic (the same on standardised ones), lda (linear discriminant analysis
			with a shrunk covariance), mlp (one hidden layer); auto takes logistic-unit
			unless one of the next two is clearly better by cross-validation.
			Probabilities are calibrated by held-out images. Prints cross-validated
			scores, and those on val and test.`,
			"headstart train-head pets/ -o pets.onnx",
			"headstart train-head pets/ -o pets.onnx --test 0.2",
			"headstart train-head pets/ -o pets.onnx --json --backbone network.onnx",
			"headstart train-head pets/ -o pets.onnx --head mlp --hidden 128 --class-weight balanced"),
		Flags: append(slices.Concat(o.extraction.flags(), o.limits.flags(), o.splitting.flags()),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the head to `FILE`", Destination: &o.output},
			&cli.StringFlag{Name: "head", Usage: "`KIND` of head: " + strings.Join(head.Kinds(), ", "), Value: head.Auto, Destination: &o.head},
			&cli.StringFlag{Name: "C", Usage: "inverse regularisation strength `NUMBER` of logistic regression; auto chooses by 5-fold cross-validation", Value: "auto", Destination: &o.c},
			&cli.IntFlag{Name: "hidden", Usage: "`NUMBER` of hidden units of --head mlp", Value: 256, Destination: &o.hidden},
			&cli.StringFlag{Name: "class-weight", Usage: "how much images of each class count: balanced, or a CSV `FILE` of class,weight; the classes it leaves out have 1", Destination: &o.classWeight},
			&cli.Float64Flag{Name: "keep", Usage: "`SHARE` of images of the classes that the threshold of the unknown score lets pass", Value: 0.95, Destination: &o.keep},
			&cli.Uint64Flag{Name: "seed", Usage: "`NUMBER` from which the folds, and --test and --val, are drawn", Destination: &o.seed},
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() == 0:
				return usagef("train-head needs DATA: a folder with one folder of images per class")
			case o.output == "":
				return usagef("train-head needs -o FILE to write the head to")
			}
			if err := cmp.Or(o.extraction.check(), o.splitting.check(), o.checkHead(c.IsSet("hidden"))); err != nil {
				return err
			}
			return runTrainHead(c.Context, t, o, c.Args().Slice())
		},
	}
}

// checkHead refuses options that say nothing together.
func (o *trainHeadOptions) checkHead(hiddenGiven bool) error {
	switch {
	case !slices.Contains(head.Kinds(), o.head):
		return usagef("--head %s: no such kind of head, only %s", o.head, strings.Join(head.Kinds(), ", "))
	case o.c != "auto" && (o.head == head.LDA || o.head == head.MLP):
		return usagef("-C is for logistic regression, not for --head %s", o.head)
	case hiddenGiven && o.head != head.MLP:
		return usagef("--hidden is for --head mlp, not for --head %s", o.head)
	case o.hidden < 1:
		return usagef("--hidden %d: it must be 1 or more", o.hidden)
	case !(o.keep > 0 && o.keep <= 1):
		return usagef("--keep %v: it must be above 0 and at most 1", o.keep)
	}
	return nil
}

// parseC reads the option -C; 0 is auto.
func parseC(text string) (float64, error) {
	if text == "auto" {
		return 0, nil
	}
	c, err := strconv.ParseFloat(text, 64)
	switch {
	case c > head.MaxC: // or out of range
		return 0, usagef("-C %s: %g is the most", text, head.MaxC)
	case err != nil || !(c > 0):
		return 0, usagef("-C %s: neither auto nor a positive number", text)
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
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	if err := o.checkData(data); err != nil {
		return err
	}
	split, err := trainingSplit(data)
	if err != nil {
		return err
	}
	weights, err := readClassWeights(o.classWeight, dataset.Classes(data.In(split)))
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
	if o.splitting.wanted() {
		if err := o.apply(t, done.samples, done.keys, o.seed); err != nil {
			return err
		}
		if split, err = trainingSplit(&dataset.Dataset{Samples: done.samples}); err != nil {
			return err
		}
	}
	noteCopies(t, done)
	noteEmpty(t, data, done)
	report, err := o.train(ctx, t, x, done, split, c, weights)
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
	return split, checkLabels(data.Samples, classes)
}

// train fits a head to one split, scores it on the others, and writes it.
func (o *trainHeadOptions) train(ctx context.Context, t *terminal, x *extractor.Extractor, done *extracted, split dataset.Split, c float64, weights classWeights) (*trainReport, error) {
	training := done.in(split)
	if len(training.samples) == 0 {
		return nil, fmt.Errorf("no image of the %s split could be read", split)
	}
	classes := dataset.Classes(training.samples)
	labels, err := labelsOf(training.samples, classes)
	if err != nil {
		return nil, err
	}
	rows, err := x.Matrix(ctx, training.keys)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stop := t.working("training a head of %d classes on %d images", len(classes), len(labels))
	h, fit, err := head.Fit(ctx, rows, labels, classes, head.Options{
		Head: o.head, C: c, Hidden: o.hidden, Weights: weights.rows(labels, classes), KnownRecall: o.keep, Seed: o.seed, Workers: o.workers,
	})
	stop()
	if errors.Is(err, context.Canceled) {
		return nil, &interruptedError{"no head is written, the embeddings are kept", err}
	}
	if err != nil {
		return nil, fmt.Errorf("cannot train a head: %w", err)
	}
	head.SetTrainedOn(h, training.keys)
	b := x.Backbone()
	h.Meta.Headstart = version()
	h.Meta.Backbone = head.Backbone{Name: b.Name, SHA256: b.SHA256}
	h.Meta.Spec, h.Meta.SpecHash = x.Spec().JSON(), x.Spec().Hash()
	report := &trainReport{
		asked: o.head, Head: o.output, Backbone: b.Name, Classes: classes, Training: fit.Training,
		CrossValidated: fit.CrossValidated, Calibration: fit.Calibration, Unknown: fit.Unknown,
	}
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		held := done.in(split)
		if len(held.samples) == 0 {
			continue
		}
		_, measured, err := measure(ctx, x, h, held)
		if err != nil {
			return nil, err
		}
		if h.Meta.Scores == nil {
			h.Meta.Scores = map[string]metrics.Scores{}
		}
		h.Meta.Scores[string(split)] = measured.Scores
		report.Splits = append(report.Splits, splitMetrics{split, measured})
	}
	if err := h.Write(o.output); err != nil {
		return nil, &outputError{"head", o.output, errors.Unwrap(err)}
	}
	return report, nil
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
