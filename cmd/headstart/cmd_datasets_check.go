package main

import (
	"cmp"
	"context"
	"slices"

	"github.com/urfave/cli/v2"
)

type datasetsCheckOptions struct {
	extraction
	sources
	duplicates
	json bool
}

func datasetsCheckCommand(t *terminal) *cli.Command {
	var o datasetsCheckOptions
	return &cli.Command{
		Name:      "check",
		Usage:     "report classes, duplicates, leaks between splits and unreadable files",
		ArgsUsage: "DATA...",
		Description: description(`
			Counts the images of each class and split, and finds duplicates: images of the
			same bytes, and images whose embeddings, scaled to length 1, are within 0.001
			of each other. Duplicates with different labels mislead training; those in
			different splits are leaks, which make scores optimistic. Only unreadable
			files change the exit status, to 3.`,
			"headstart datasets check pets/",
			"headstart datasets check pets.jsonl --json   # all findings, with every path"),
		Flags: slices.Concat(o.extraction.flags(), o.duplicates.flags(), []cli.Flag{o.sources.flag(), jsonFlag(&o.json)}),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("datasets check needs DATA: a folder with one folder of images per class")
			}
			if err := cmp.Or(o.extraction.check(), o.duplicates.check()); err != nil {
				return err
			}
			return runDatasetsCheck(c.Context, t, o, c.Args().Slice())
		},
	}
}

func runDatasetsCheck(ctx context.Context, t *terminal, o datasetsCheckOptions, paths []string) error {
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	report, err := engine.CheckData(ctx, data, o.DuplicateOptions)
	if err != nil {
		return err
	}
	err = t.show(o.json, report, func() error { return printDataReport(t, report) })
	return cmp.Or(err, o.status(len(report.Unreadable)))
}
