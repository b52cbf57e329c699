package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/head"
)

type evaluateOptions struct {
	extraction
	limits
	gateOptions
	split    string
	mistakes int
	csv      string
	json     bool
}

func evaluateCommand(t *terminal) *cli.Command {
	var o evaluateOptions
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "measure a head on labelled images, and fail where it is not good enough",
		ArgsUsage: "HEAD DATA...",
		Description: description(`
			Compares the head's answers with the labels of DATA (see extract): those of
			its test split, or val where there is no test, or all where there are no
			splits. Accuracy comes with its 95 % (Wilson) confidence interval; ROC-AUC
			and average precision are means over the classes, each against the rest; the
			calibration error (ECE) has 15 bins of equal width.

			The options --min-..., --max-... and --not-worse-than are gates: all are
			checked on the images that could be read, each that is not met is listed,
			and the exit status is 4. Unreadable images alone give 3; with --strict
			they give 1, whatever the gates say.`,
			"headstart evaluate pets.onnx more_pets/",
			"headstart evaluate pets.onnx pets/ --split val --json",
			"headstart evaluate new.onnx pets/ --min-accuracy 0.95 --min-recall cats=0.9 --not-worse-than pets.onnx"),
		Flags: slices.Concat(o.extraction.flagsForHead(), o.limits.flags(), []cli.Flag{
			&cli.StringFlag{Name: "split", Usage: "measure on the split `NAME`: train, val or test", Destination: &o.split},
			&cli.IntFlag{Name: "mistakes", Usage: "list the `N` most confident mistakes", Value: 5, Destination: &o.mistakes},
			&cli.StringFlag{Name: "csv", Usage: "write a row per image to `FILE`: path, label, class, its probability and the label's", Destination: &o.csv},
			jsonFlag(&o.json),
		}, o.gateOptions.flags()),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usagef("evaluate needs a HEAD file and DATA")
			}
			if o.mistakes < 0 {
				return usagef("--mistakes %d: 0 is the least", o.mistakes)
			}
			if err := o.check(); err != nil {
				return err
			}
			return runEvaluate(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

func runEvaluate(ctx context.Context, t *terminal, o evaluateOptions, headFile string, paths []string) error {
	if o.csv != "" {
		if err := checkWritable("rows", o.csv, paths...); err != nil {
			return err
		}
	}
	h, x, err := o.openHead(headFile)
	if err != nil {
		return err
	}
	defer x.Close()
	gates, err := o.gates(h.Meta.Classes)
	if err != nil {
		return err
	}
	other, err := o.openOther(x)
	if err != nil {
		return err
	}
	defer other.Close()
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	split, err := o.choose(data)
	if err != nil {
		return err
	}
	if err := cmp.Or(checkLabels(data.In(split), h.Meta.Classes), other.checkLabels(data.In(split))); err != nil {
		return err
	}
	if split == dataset.Train {
		t.note("note: measuring on the train split, which heads are trained on")
	}
	done, err := collect(ctx, t, x, data.In(split))
	if err != nil {
		return err
	}
	report, err := o.evaluate(ctx, x, h, done)
	if err != nil {
		return err
	}
	report.Head, report.Split = headFile, split
	for _, key := range done.keys {
		if head.TrainedOn(h, key) {
			report.TrainedOn++
		}
	}
	if report.TrainedOn > 0 && split != dataset.Train {
		t.note("warning: the head was trained on %d of these %d images, so the scores are too hopeful", report.TrainedOn, len(done.keys))
	}
	if report.Comparison, err = other.compare(ctx, t, done, report.predictions); err != nil {
		return err
	}
	report.check(gates)
	if o.json {
		err = t.json(report)
	} else {
		err = report.print(t)
	}
	if err != nil {
		return err
	}
	return o.verdict(t, done.tally, report.Gates)
}

// choose returns the split to measure on.
func (o *evaluateOptions) choose(data *dataset.Dataset) (dataset.Split, error) {
	splits := data.Splits()
	if o.split == "" {
		last := splits[len(splits)-1] // test after val after train after none
		if last == dataset.Train {
			return "", usagef("the data has neither a test nor a val split; --split train measures on what heads are trained on")
		}
		return last, nil
	}
	for _, split := range splits {
		if string(split) == o.split {
			return split, nil
		}
	}
	if splits[0] == dataset.Unsplit {
		return "", usagef("--split %s: the data has no splits", o.split)
	}
	return "", usagef("--split %s: the data has no such split, but %q", o.split, splits)
}

// evaluate measures the head on extracted samples, and writes the rows that
// --csv asks for.
func (o *evaluateOptions) evaluate(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted) (*evaluateReport, error) {
	p, metrics, err := measure(ctx, x, h, done)
	if err != nil {
		return nil, err
	}
	if o.csv != "" {
		if err := p.writeCSV(o.csv); err != nil {
			return nil, err
		}
	}
	return &evaluateReport{
		Metrics:     metrics,
		Unreadable:  done.unreadable,
		Mistakes:    p.mistakes(o.mistakes),
		predictions: p,
	}, nil
}

// verdict is the error that a command ends with which measured what it should.
// Failure for unreadable images, where it is asked for, goes before gates, and
// gates go before unreadable images.
func (o *evaluateOptions) verdict(t *terminal, counts tally, gates []gateResult) error {
	failed := 0
	for _, g := range gates {
		if !g.Met {
			failed++
			t.note("gate not met: %s", g.Reason)
		}
	}
	unreadable := o.status(counts)
	if failed == 0 || unreadable != nil && o.strict {
		return unreadable
	}
	return &gateError{failed: failed, of: len(gates), unreadable: counts.unreadable}
}
