package main

import (
	"context"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor"
)

type datasetsCheckOptions struct {
	extraction
	sources
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
			of each other. Duplicates with different labels teach a head nonsense; those
			in different splits are leaks, which make scores too hopeful. Only unreadable
			files change the exit status, to 3.`,
			"headstart datasets check pets/",
			"headstart datasets check pets.jsonl --json   # all findings, with every path"),
		Flags: slices.Concat(o.extraction.flags(), []cli.Flag{o.sources.flag(), jsonFlag(&o.json)}),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("datasets check needs DATA: a folder with one folder of images per class")
			}
			if err := o.extraction.check(); err != nil {
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
	x, err := o.openChosen(t)
	if err != nil {
		return err
	}
	defer x.Close()
	found := findings{Duplicates: []duplicates{}, Unreadable: []unreadableImage{}} // none is no null in JSON
	var done extracted
	done.tally, err = extract(ctx, t, x, data.Samples, func(r extractor.Result) error {
		switch {
		case r.Err == nil:
			done.samples = append(done.samples, r.Sample)
			done.keys = append(done.keys, r.Key)
		case !r.PassedOver():
			found.addUnreadable(r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if done.readable == 0 {
		return errNothingRead(len(data.Samples))
	}
	if err := found.look(ctx, x, &done); err != nil {
		return err
	}
	if o.json {
		err = t.json(found)
	} else {
		err = found.print(t)
	}
	if err != nil {
		return err
	}
	return o.status(done.tally)
}
