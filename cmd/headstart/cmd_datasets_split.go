package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type datasetsSplitOptions struct {
	extraction
	sources
	holdout
	duplicates
	output string
	seed   uint64
	json   bool
}

func datasetsSplitCommand(t *terminal) *cli.Command {
	var o datasetsSplitOptions
	return &cli.Command{
		Name:      "split",
		Usage:     "split images into train, val and test, and write a manifest",
		ArgsUsage: "DATA... -o MANIFEST",
		Description: description(`
			Writes a manifest in JSON Lines: path, sha256, label, split, group and weight of
			each image that can be read; other commands take it as DATA. The split depends
			only on the images' content, not on names, folders or order, and is the one
			that train-head makes with the same --test, --val and --seed. Duplicates stay
			together, near-duplicates included, and so do the images of one group.
			Duplicates without a group get one in the manifest. If DATA has splits
			already, they are kept.`,
			"headstart datasets split pets/ --test 0.2 --val 0.1 -o pets.jsonl",
			"headstart train-head pets.jsonl -o pets.onnx"),
		Flags: slices.Concat(o.extraction.flags(), []cli.Flag{o.sources.flag()}, o.holdout.flags(), o.duplicates.flags(), []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the manifest to `FILE`, which ends in .jsonl", Destination: &o.output},
			&cli.Uint64Flag{Name: "seed", Usage: "random seed `NUMBER`: another seed gives another split", Destination: &o.seed},
			jsonFlag(&o.json),
		}),
		Action: func(c *cli.Context) error {
			switch ending := strings.ToLower(filepath.Ext(o.output)); {
			case c.NArg() == 0:
				return usagef("datasets split needs DATA: a folder with one folder of images per class")
			case o.output == "":
				return usagef("datasets split needs -o FILE to write the manifest to")
			case ending != ".jsonl" && ending != ".ndjson":
				return usagef("-o %s: a manifest in JSON Lines ends in .jsonl", o.output)
			}
			if err := cmp.Or(o.extraction.check(), o.holdout.check(nil), o.duplicates.check()); err != nil {
				return err
			}
			return runDatasetsSplit(c.Context, t, o, c.Args().Slice())
		},
	}
}

type partCount struct {
	Split  dataset.Split `json:"split"`
	Images int           `json:"images"`
}

// splitReport is what datasets split prints.
type splitReport struct {
	Manifest   string      `json:"manifest"`
	Images     int         `json:"images"`
	Unreadable int         `json:"unreadable"`
	Skipped    int         `json:"skipped"`
	Splits     []partCount `json:"splits"`
}

func runDatasetsSplit(ctx context.Context, t *terminal, o datasetsSplitOptions, paths []string) error {
	if err := headstart.CheckOutput(headstart.ManifestFile, o.output, paths...); err != nil {
		return err
	}
	data, err := o.scan(ctx, t, paths)
	if err != nil {
		return err
	}
	if err := o.holdout.check(data); err != nil {
		return err
	}
	if o.Holdout == (headstart.Holdout{}) && data.Splits()[0] == dataset.Unsplit {
		return usagef("the data has no splits to write: give --test or --val")
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
	notes, err := found.HoldBack(ctx, o.Holdout, o.DuplicateOptions, o.seed)
	t.notes(notes)
	if err != nil {
		return err
	}
	if err := found.WriteManifest(o.output); err != nil {
		return err
	}
	report := splitReport{Manifest: o.output, Images: len(found.Samples), Unreadable: len(found.Unreadable), Skipped: found.Skipped}
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		report.Splits = append(report.Splits, partCount{split, len(found.In(split).Samples)})
	}
	err = t.show(o.json, report, func() error { return report.print(t) })
	return cmp.Or(err, o.status(report.Unreadable))
}

func (r *splitReport) print(t *terminal) error {
	var parts []string
	for _, p := range r.Splits {
		parts = append(parts, fmt.Sprintf("%s %d", p.Split, p.Images))
	}
	return t.print("%s: %s: %s", r.Manifest, wording.Count(r.Images, "image", "images"), strings.Join(parts, ", "))
}
