package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

type evaluateOptions struct {
	extraction
	limits
	gateOptions
	headstart.EvaluateOptions
	outside  occurrences
	mistakes int
	csv      string
	json     bool
	markdown bool
}

func evaluateCommand(t *terminal) *cli.Command {
	var o evaluateOptions
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "measure a head on labelled images, and fail where it is not good enough",
		ArgsUsage: "HEAD DATA...",
		Description: description(`
			Compares the head's predictions with the labels of DATA (see extract): those of
			its test split, or val where there is no test. DATA without splits has those
			that train-head made of it with --test and --val; where the head knows none of
			its images, all are measured. Accuracy comes with its 95 % interval (Wilson,
			images of one group counting for less); ROC-AUC and average precision are
			means over the classes, each against the rest; the calibration error (ECE) has
			15 bins of equal width.

			--outside tells how many images of none of the classes are called unknown.
			Those of quite different things mostly are; those of classes that resemble the
			head's mostly are not, so measure such images too.

			The options --min-..., --max-... and --not-worse-than are gates: all are
			checked on the images that could be read, each that is not met is listed,
			and the exit status is 4. Gates also fail if a head was trained on any of the
			images, on near-duplicates or on others of their groups, unless --allow-seen is
			given. Where all images are of one class, there are no scores but its recall,
			and all other gates fail. Unreadable images alone give 3; with --strict they
			give 1, whatever the gates say.`,
			"headstart evaluate pets.onnx more_pets/ --unseen",
			"headstart evaluate pets.onnx pets/ --split val --json",
			"headstart evaluate new.onnx pets/ --min-accuracy 0.95 --min-recall cats=0.9 --not-worse-than pets.onnx"),
		Flags: slices.Concat(o.extraction.flagsForHead(), o.limits.flags(), []cli.Flag{
			&cli.StringFlag{Name: "split", Usage: "measure on the split `NAME`: train, val, test or all", Destination: (*string)(&o.Split)},
			&cli.BoolFlag{Name: "unseen", Usage: "leave out images that a head was trained on, near-duplicates and others of their groups", Destination: &o.Unseen},
			&cli.BoolFlag{Name: "allow-seen", Usage: "do not fail where a gate is measured on images that --unseen leaves out", Destination: &o.AllowSeen},
			&cli.BoolFlag{Name: "ignore-unknown-classes", Usage: "leave out images of classes that a head does not know", Destination: &o.IgnoreUnknownClasses},
			&cli.GenericFlag{Name: "outside", Usage: "measure how many images in `FOLDER`, which are of none of the classes, are called unknown; may be repeated", Value: &o.outside},
			&cli.IntFlag{Name: "mistakes", Usage: "list the `N` most confident mistakes", Value: 5, Destination: &o.mistakes},
			&cli.StringFlag{Name: "csv", Usage: "write a row per image to `FILE`: path, label, class, its probability and the label's", Destination: &o.csv},
			jsonFlag(&o.json),
			&cli.BoolFlag{Name: "markdown", Usage: "print GitHub-flavoured Markdown", Destination: &o.markdown},
		}, o.gateOptions.flags()),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usagef("evaluate needs a HEAD file and DATA")
			}
			switch {
			case o.mistakes < 0:
				return usagef("--mistakes %d: must be at least 0", o.mistakes)
			case o.json && o.markdown:
				return usagef("--json and --markdown exclude each other")
			case o.Unseen && o.AllowSeen:
				return usagef("--unseen and --allow-seen exclude each other")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runEvaluate(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

func runEvaluate(ctx context.Context, t *terminal, o evaluateOptions, headFile string, paths []string) error {
	if err := headstart.CheckOutput(headstart.RowsFile, o.csv, paths...); err != nil {
		return err
	}
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	c, err := engine.Load(ctx, headFile)
	if err != nil {
		return err
	}
	if o.Gates, err = o.gates(c.Classes()); err != nil {
		return err
	}
	for _, file := range o.notWorseThan {
		if o.NotWorseThan, err = c.LoadOther(ctx, file); err != nil {
			return &otherHeadError{err}
		}
	}
	if err := c.OpenStore(); err != nil {
		return err
	}
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	if len(o.outside) > 0 {
		o.Outside, err = dataset.ScanUnlabelled(ctx, o.outside...)
		t.noteSkipped(o.Outside)
		if err != nil {
			return err
		}
	}
	e, err := c.Evaluate(ctx, data, o.EvaluateOptions)
	switch none, is := errors.AsType[*headstart.NoSplitError](err); {
	case is && none.Wanted == "":
		return usagef("%v; --split train measures on what heads are trained on", err)
	case is:
		return usagef("--split %s: %v", o.Split, err)
	case errors.As(err, new(*headstart.UnknownClassError)):
		return &unknownClassError{err}
	case err != nil:
		return err
	}
	t.notes(e.Notes)
	if o.csv != "" {
		if err := e.WriteCSV(o.csv); err != nil {
			return err
		}
	}
	err = t.show(o.json, e.Report(o.mistakes), func() error {
		if o.markdown {
			_, err := io.WriteString(t.out, e.Markdown(o.mistakes))
			return err
		}
		return t.table(e.Rows(o.mistakes))
	})
	return cmp.Or(err, o.verdict(t, e))
}

// verdict is the error of a command that measured what it should. Failure for
// unreadable images, where it is asked for, goes before gates, and gates go
// before unreadable images.
func (o *evaluateOptions) verdict(t *terminal, e *headstart.Evaluation) error {
	failed := 0
	for _, g := range e.Gates {
		if !g.Met {
			failed++
			t.note("gate not met: %s", g.Reason)
		}
	}
	unreadable := o.status(e.Unreadable)
	if failed == 0 || unreadable != nil && o.strict {
		return unreadable
	}
	return &gateError{failed: failed, of: len(e.Gates), unreadable: e.Unreadable}
}
