package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type extractOptions struct {
	extraction
	limits
	index string
	json  bool
}

func extractCommand(t *terminal) *cli.Command {
	var o extractOptions
	return &cli.Command{
		Name:      "extract",
		Usage:     "fill the store with the embeddings of images",
		ArgsUsage: "DATA...",
		Description: description(`
			DATA is a folder with one folder per class, a folder that holds train, val
			or test folders of that kind, a CSV or JSON Lines manifest, a zip of any of
			these, a folder with MNIST's IDX files, or a folder of images without labels.
			Images that are in the store already are not computed again.`,
			"headstart extract pets/",
			"headstart extract pets/ --index pets.jsonl   # which row of vectors.npy is which image"),
		Flags: append(slices.Concat(o.extraction.flags(), o.extraction.viewFlags(), o.limits.flags()),
			&cli.StringFlag{Name: "index", Usage: "write a JSON line per image to `FILE`: path, label, split, sha256 and row in vectors.npy", Destination: &o.index},
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("extract needs DATA: a folder with one folder of images per class")
			}
			if o.NoStore {
				return usagef("extract cannot be used with --no-store: it only fills the store")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runExtract(c.Context, t, o, c.Args().Slice())
		},
	}
}

// extractReport is what extract prints.
type extractReport struct {
	Backbone   string   `json:"backbone"`
	Blocks     []string `json:"blocks"`
	Images     int      `json:"images"`
	New        int      `json:"new"`
	Cached     int      `json:"cached"`
	Unreadable int      `json:"unreadable"`
	Skipped    int      `json:"skipped"`
	Seconds    float64  `json:"seconds"`
	Vectors    string   `json:"vectors"`
}

func runExtract(ctx context.Context, t *terminal, o extractOptions, paths []string) error {
	began := time.Now()
	if err := headstart.CheckOutput(headstart.IndexFile, o.index, paths...); err != nil {
		return err
	}
	data, err := o.scanAny(ctx, t, paths)
	if err != nil {
		return err
	}
	engine, err := o.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	found, err := engine.Extract(ctx, data.Samples)
	if err != nil {
		return err
	}
	if o.index != "" {
		if err := found.WriteIndex(o.index); err != nil {
			return err
		}
	}
	report := extractReport{
		Backbone: found.Backbone().Name, Blocks: backbone.BlockNames(found.Backbone().Given()), Images: len(found.Samples),
		New: len(found.Samples) - found.Cached, Cached: found.Cached,
		Unreadable: len(found.Unreadable), Skipped: found.Skipped,
		Seconds: time.Since(began).Seconds(), Vectors: found.VectorsPath(),
	}
	err = t.show(o.json, report, func() error {
		return t.print("%s with %s: %d new, %d cached, in %.1f s", wording.Count(report.Images, "embedding", "embeddings"), report.Backbone, report.New, report.Cached, report.Seconds)
	})
	return cmp.Or(err, o.status(report.Unreadable))
}
