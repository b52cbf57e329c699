package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head"
)

type trainHeadOptions struct {
	extraction
	limits
	holdout
	duplicates
	page
	output      string
	effort      string
	head        string
	c           string
	hidden      int
	classWeight string
	recall      float64
	mistakes    int
	predictions string
	json        bool
}

func trainHeadCommand(t *terminal) *cli.Command {
	var o trainHeadOptions
	return &cli.Command{
		Name:      "train-head",
		Usage:     "train a head on labelled images and print its scores",
		ArgsUsage: "DATA... -o HEAD",
		Description: description(`
			Trains a head on the images of DATA, or on its train split, and prints how good it
			is: cross-validated scores, those on val and test, the most confident mistakes and
			the labels that are probably wrong.

			DATA is a folder with one folder per class, one with train, val and test folders of
			that kind, a manifest (CSV or JSON Lines with path and label), a zip of these, or
			MNIST's files. Duplicates, near-duplicates and images of one group stay together
			wherever data is divided.

			--effort says how much is tried: quick, the last block of the backbone; normal, all
			its blocks; best, also views, a larger size and all installed backbones, which takes
			several times as long. Something else than the default has to be clearly better.

			--head: logistic-unit (L2-regularised logistic regression on embeddings of length
			1), logistic (on standardised ones), lda (linear discriminant analysis), mlp (one
			hidden layer, about as accurate as logistic-unit and many times as slow); auto takes
			logistic-unit unless logistic or lda is clearly better.`,
			"headstart train-head pets/ -o pets.onnx",
			"headstart train-head pets/ -o pets.onnx --test 0.2",
			"headstart train-head pets/ -o pets.onnx --predictions pets.csv --report pets.html",
			"headstart train-head pets/ -o pets.onnx --effort best",
			"headstart train-head pets/ -o pets.onnx --head mlp --hidden 128 --class-weight balanced"),
		Flags: append(slices.Concat(o.extraction.flags(), o.extraction.viewFlags(true), o.limits.flags("the folds", "--test and --val"), o.holdout.flags(), o.duplicates.flags()),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the head to `FILE`", Destination: &o.output},
			&cli.StringFlag{Name: "effort", Usage: "how much to try, `EFFORT`: quick, normal or best", Value: headstart.EffortNormal, Destination: &o.effort},
			&cli.StringFlag{Name: "head", Usage: "`KIND` of head: " + strings.Join(head.Kinds(), ", "), Value: head.Auto, Destination: &o.head},
			&cli.StringFlag{Name: "C", Usage: "inverse regularisation strength `NUMBER` of logistic regression; auto chooses", Value: "auto", Destination: &o.c},
			&cli.IntFlag{Name: "hidden", Usage: "`NUMBER` of hidden units of --head mlp", Value: 256, Destination: &o.hidden},
			&cli.StringFlag{Name: "class-weight", Usage: "weights of the classes: balanced, or a CSV `FILE` of class,weight", Destination: &o.classWeight},
			&cli.Float64Flag{Name: "known-recall", Aliases: []string{"keep"}, Usage: "`SHARE` of known images below the unknown threshold", Value: 0.95, Destination: &o.recall},
			&cli.IntFlag{Name: "mistakes", Usage: "list the `N` most confident mistakes and most suspect labels", Value: 5, Destination: &o.mistakes},
			&cli.StringFlag{Name: "predictions", Usage: "write held-out predictions of each image to `FILE`: .csv, .jsonl or .parquet", Destination: &o.predictions},
			&cli.StringFlag{Name: "report", Usage: "write a report, one HTML page, to `FILE`", Destination: &o.file},
			o.page.langFlag(),
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() == 0:
				return usagef("train-head needs DATA: a folder with one folder of images per class")
			case o.output == "":
				return usagef("train-head needs -o FILE to write the head to")
			}
			if err := cmp.Or(o.extraction.check(), o.holdout.check(nil), o.duplicates.check(), o.page.check(), o.checkHead(c.IsSet("hidden"))); err != nil {
				return err
			}
			return runTrainHead(c.Context, t, o, c.Args().Slice())
		},
	}
}

// checkHead refuses options that do not go together.
func (o *trainHeadOptions) checkHead(hiddenGiven bool) error {
	switch {
	case !slices.Contains(headstart.Efforts(), o.effort):
		return usagef("--effort %s: must be one of %s", o.effort, strings.Join(headstart.Efforts(), ", "))
	case !slices.Contains(head.Kinds(), o.head):
		return usagef("--head %s: must be one of %s", o.head, strings.Join(head.Kinds(), ", "))
	case o.c != "auto" && (o.head == head.LDA || o.head == head.MLP):
		return usagef("-C is for logistic regression, not for --head %s", o.head)
	case hiddenGiven && o.head != head.MLP:
		return usagef("--hidden is for --head mlp, not for --head %s", o.head)
	case o.hidden < 1:
		return usagef("--hidden %d: must be at least 1", o.hidden)
	case !(o.recall > 0 && o.recall <= 1):
		return usagef("--known-recall %v: must be above 0 and at most 1", o.recall)
	case o.mistakes < 0:
		return usagef("--mistakes %d: must be at least 0", o.mistakes)
	case o.predictions != "" && !headstart.CanHoldPredictions(o.predictions):
		return usagef("--predictions %s: the name must end in .csv, .jsonl or .parquet", o.predictions)
	case o.predictions != "" && o.predictions == o.output:
		return usagef("--predictions and -o name the same file")
	case o.file != "" && (o.file == o.output || o.file == o.predictions):
		return usagef("--report names a file of -o or --predictions")
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
		return 0, usagef("-C %s: must be at most %g", text, head.MaxC)
	case err != nil || !(c > 0):
		return 0, usagef("-C %s: must be auto or a positive number", text)
	}
	return c, nil
}

func runTrainHead(ctx context.Context, t *terminal, o trainHeadOptions, paths []string) error {
	c, err := parseC(o.c)
	if err != nil {
		return err
	}
	options := headstart.TrainOptions{Effort: o.effort, Head: o.head, C: c, Hidden: o.hidden, KnownRecall: o.recall, Holdout: o.Holdout, Duplicates: o.DuplicateOptions, Seed: o.seed}
	if err := headstart.CheckOutput(headstart.PredictionsFile, o.predictions, paths...); err != nil {
		return err
	}
	if err := headstart.CheckOutput(headstart.PageFile, o.file, paths...); err != nil {
		return err
	}
	if err := headstart.CheckOutput(headstart.HeadFile, o.output); err != nil {
		return err
	}
	if options.Weights, err = o.weights(); err != nil {
		return err
	}
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	if err := o.holdout.check(data); err != nil {
		return err
	}
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	classifier, report, err := engine.Train(ctx, data, options)
	if report != nil {
		t.notes(report.Notes)
	}
	if err != nil {
		return err
	}
	if err := classifier.Save(o.output); err != nil {
		return err
	}
	report.Head, t.kept = o.output, o.output+" was written"
	if o.predictions != "" {
		if err := report.WritePredictions(ctx, o.predictions); err != nil {
			return err
		}
	}
	if o.file != "" {
		looked, err := report.Report(ctx, headstart.ReportOptions{Sources: paths})
		if err != nil {
			return err
		}
		if err := o.page.write(t, looked); err != nil {
			return err
		}
	}
	shown := struct {
		*headstart.TrainReport
		Mistakes []headstart.Mistake `json:"mistakes"` // the most confident first
	}{report, report.Mistakes(o.mistakes)}
	err = t.show(o.json, shown, func() error { return t.table(report.Rows(o.mistakes)) })
	return cmp.Or(err, o.status(report.Unreadable))
}

// weights reads what --class-weight stands for.
func (o *trainHeadOptions) weights() (headstart.ClassWeights, error) {
	switch o.classWeight {
	case "":
		return headstart.ClassWeights{}, nil
	case "balanced":
		return headstart.ClassWeights{Balanced: true}, nil
	}
	return headstart.ReadClassWeights(o.classWeight)
}
