package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

type evaluateOptions struct {
	extraction
	limits
	split string
	json  bool
}

func evaluateCommand(t *terminal) *cli.Command {
	var o evaluateOptions
	return &cli.Command{
		Name:      "evaluate",
		Usage:     "score a head on labelled images",
		ArgsUsage: "HEAD DATA...",
		Description: description(`
			Compares the head's answers with the labels of DATA (see extract): those of
			its test split, or val where there is no test, or all where there are no
			splits. Accuracy comes with its 95 % (Wilson) confidence interval.`,
			"headstart evaluate pets.onnx more_pets/",
			"headstart evaluate pets.onnx pets/ --split val --json"),
		Flags: append(o.extraction.flags(),
			o.limits.flag(),
			&cli.StringFlag{Name: "split", Usage: "score on the split `NAME`: train, val or test", Destination: &o.split},
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usagef("evaluate needs a HEAD file and DATA")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runEvaluate(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

// evaluateReport is what evaluate prints.
type evaluateReport struct {
	Head  string        `json:"head"`
	Split dataset.Split `json:"split,omitempty"`
	*head.Metrics
}

func runEvaluate(ctx context.Context, t *terminal, o evaluateOptions, headFile string, paths []string) error {
	h, x, err := o.openHead(headFile)
	if err != nil {
		return err
	}
	defer x.Close()
	data, err := o.scan(t, paths)
	if err != nil {
		return err
	}
	split, err := o.choose(data)
	if err != nil {
		return err
	}
	if split == dataset.Train {
		t.note("note: scoring on the train split, which heads are trained on")
	}
	done, err := collect(ctx, t, x, data.In(split))
	if err != nil {
		return err
	}
	metrics, err := evaluate(x, h, done)
	if err != nil {
		return err
	}
	report := evaluateReport{headFile, split, metrics}
	if o.json {
		err = t.json(report)
	} else {
		err = report.print(t)
	}
	if err != nil {
		return err
	}
	return o.status(done.tally)
}

// choose returns the split to score on.
func (o *evaluateOptions) choose(data *dataset.Dataset) (dataset.Split, error) {
	splits := data.Splits()
	if o.split == "" {
		return splits[len(splits)-1], nil // test after val after train after none
	}
	for _, split := range splits {
		if string(split) == o.split {
			return split, nil
		}
	}
	return "", usagef("--split %s: the data has no such split, but %q", o.split, splits)
}

func (r *evaluateReport) print(t *terminal) error {
	name := "scores"
	if r.Split != dataset.Unsplit {
		name = string(r.Split)
	}
	if err := t.print("%s: %s", name, scoresText(r.Scores)); err != nil {
		return err
	}
	rows := [][]string{{}, {"class", "images", "precision", "recall", "F1"}}
	for _, c := range r.Classes {
		rows = append(rows, []string{c.Class, strconv.Itoa(c.Images), fmt.Sprintf("%.3f", c.Precision), fmt.Sprintf("%.3f", c.Recall), fmt.Sprintf("%.3f", c.F1)})
	}
	if err := t.table(rows); err != nil {
		return err
	}
	return t.table(r.confusion())
}

// maxConfusion is how many classes a confusion matrix is shown for as text.
const maxConfusion = 12

func (r *evaluateReport) confusion() [][]string {
	if len(r.Classes) > maxConfusion {
		return nil
	}
	header := []string{"is \\ taken for"}
	for _, c := range r.Classes {
		header = append(header, c.Class)
	}
	rows := [][]string{{}, header}
	for i, counts := range r.Confusion {
		row := []string{r.Classes[i].Class}
		for _, n := range counts {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}
