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
			same bytes, and near-duplicates, which show the same picture, saved again,
			resized, brighter or darker by some 10 %, or cropped by some 5 %. Pictures are
			compared as thumbnails; what is near enough is relative to how far apart the
			images of DATA are. Pairs are listed in order, with the few that come next.
			With --near, images whose embeddings, scaled to length 1, are within BOUND of
			each other are near-duplicates, whatever their thumbnails.

			Duplicates with different labels mislead training; those in different splits
			are leaks, which make scores optimistic, and so are groups of DATA that are in
			several splits. Only unreadable files change the exit
			status, to 3.`,
			"headstart datasets check pets/",
			"headstart datasets check pets.jsonl --json   # all findings, with every path",
			"headstart datasets check pets/ --near 0.2    # a bound of your own"),
		Flags: slices.Concat(o.extraction.flags(), o.duplicates.flags(), []cli.Flag{
			&cli.Float64Flag{Name: "near", Usage: "images whose embeddings are within `BOUND` are near-duplicates (default: by thumbnails, with a bound from the data)", Destination: &o.Near},
			o.sources.flag(), jsonFlag(&o.json),
		}),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("datasets check needs DATA: a folder with one folder of images per class")
			}
			if c.IsSet("near") && !(o.Near > 0) {
				return usagef("--near %g: must be above 0", o.Near)
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
