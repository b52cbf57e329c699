package main

import (
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type storeExportOptions struct {
	extraction
	limits
	format string
	output string
}

func storeExportCommand(t *terminal) *cli.Command {
	var o storeExportOptions
	return &cli.Command{
		Name:      "export",
		Usage:     "write embeddings as a table for other programs",
		ArgsUsage: "[DATA...]",
		Description: description(`
			Writes a row per image: sha256, path, label, split and embedding. With DATA,
			the rows are its images, in its order; those that the store lacks are extracted
			first. Without DATA, they are all that the store holds of one backbone, in the
			order they were made, with the path where it is known. npy is a float32 matrix;
			the other columns are in FILE.csv beside it.`,
			"headstart store export --format parquet -o pets.parquet pets/",
			"headstart store export --format npy -o all.npy --backbone resnet50   # and all.npy.csv"),
		Flags: append(slices.Concat(o.extraction.flags(), o.extraction.viewFlags(), o.limits.flags()),
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` is npy, csv or parquet", DefaultText: "from FILE's extension", Destination: &o.format},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write to `FILE`", Destination: &o.output},
		),
		Action: func(c *cli.Context) error {
			if o.output == "" {
				return usagef("store export needs -o FILE")
			}
			if err := o.check(); err != nil {
				return err
			}
			if c.NArg() == 0 {
				if err := checkWithoutData(c.LocalFlagNames()); err != nil {
					return err
				}
			}
			table, err := headstart.NewTable(o.output, o.format)
			if err != nil {
				return usagef("store export needs --format npy, csv or parquet")
			}
			return runStoreExport(c.Context, t, o, table, c.Args().Slice())
		},
	}
}

// checkWithoutData refuses options on how DATA is read and extracted where there
// is none.
func checkWithoutData(given []string) error {
	for _, name := range given {
		if !slices.Contains([]string{"backbone", "store", "verify", "format", "output", "o"}, name) {
			return usagef("store export: --%s needs DATA", name)
		}
	}
	return nil
}

func runStoreExport(ctx context.Context, t *terminal, o storeExportOptions, table *headstart.Table, data []string) error {
	if err := table.Check(data...); err != nil {
		return err
	}
	t.kept = o.output + " was not written"
	if len(data) > 0 {
		return exportData(ctx, t, o, table, data)
	}
	store, err := headstart.OpenStore(o.Store)
	if err != nil {
		return err
	}
	which := o.Backbone
	if which == backbone.Auto {
		which = ""
	}
	size, err := store.Export(ctx, which, table)
	if err != nil {
		return pickError(err)
	}
	return t.printTable(table, size)
}

// exportData writes the rows of DATA's images.
func exportData(ctx context.Context, t *terminal, o storeExportOptions, table *headstart.Table, paths []string) error {
	data, err := o.scan(ctx, t, paths)
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
	t.kept = o.output + " was not written"
	size, err := found.WriteTable(ctx, table)
	if err != nil {
		return err
	}
	if err := t.printTable(table, size); err != nil {
		return err
	}
	return o.status(len(found.Unreadable))
}

func (t *terminal) printTable(table *headstart.Table, size headstart.TableSize) error {
	return t.print("%s: %s of %d values", strings.Join(table.Files(), " and "), wording.Count(size.Rows, "row", "rows"), size.Dim)
}
