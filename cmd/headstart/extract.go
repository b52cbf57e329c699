package main

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
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
		Flags: append(slices.Concat(o.extraction.flags(), o.limits.flags()),
			&cli.StringFlag{Name: "index", Usage: "write a JSON line per image to `FILE`: path, label, split, sha256 and row in vectors.npy", Destination: &o.index},
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return usagef("extract needs DATA: a folder with one folder of images per class")
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
	Backbone   string  `json:"backbone"`
	Images     int     `json:"images"`
	New        int     `json:"new"`
	Cached     int     `json:"cached"`
	Unreadable int     `json:"unreadable"`
	PassedOver int     `json:"passed_over"`
	Seconds    float64 `json:"seconds"`
	Vectors    string  `json:"vectors"`
}

func runExtract(ctx context.Context, t *terminal, o extractOptions, paths []string) error {
	began := time.Now()
	if o.index != "" {
		if err := checkWritable("index", o.index, paths...); err != nil {
			return err
		}
	}
	data, err := o.scanAny(ctx, t, paths)
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
	if o.index != "" {
		if err := writeIndex(o.index, x, done); err != nil {
			return err
		}
	}
	report := extractReport{
		Backbone: x.Backbone().Name, Images: done.readable,
		New: done.readable - done.cached, Cached: done.cached,
		Unreadable: done.unreadable, PassedOver: done.passedOver,
		Seconds: time.Since(began).Seconds(), Vectors: x.Store().VectorsPath(),
	}
	if o.json {
		err = t.json(report)
	} else {
		err = t.print("%s with %s: %d new, %d cached, in %.1f s", count(report.Images, "embedding", "embeddings"), report.Backbone, report.New, report.Cached, report.Seconds)
	}
	if err != nil {
		return err
	}
	return o.status(done.tally)
}

// indexLine says where an image's embedding lies.
type indexLine struct {
	Path   pathjson.String `json:"path"`
	Label  pathjson.String `json:"label"`
	Split  string          `json:"split,omitempty"`
	SHA256 string          `json:"sha256"`
	Row    int64           `json:"row"`
}

func writeIndex(path string, x *extractor.Extractor, done *extracted) error {
	rows, err := x.Rows(done.keys)
	if err != nil {
		return err
	}
	err = atomicfile.Write(path, 0o666, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		for i, s := range done.samples {
			if err := lines.Encode(indexLine{pathjson.String(s.Path), pathjson.String(s.Label), string(s.Split), done.keys[i].String(), rows[i]}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return &outputError{"index", path, err}
	}
	return nil
}
