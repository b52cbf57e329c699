package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/extractor/store/export"
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
			A row per image: sha256, path, label, split and embedding. With DATA, the rows
			of its images, in its order; those that the store lacks are extracted first.
			Without, all that the store holds of one backbone, in the order they were
			made, with a path where a file is remembered. npy is a float32 matrix; its
			other columns stand in FILE.csv beside it.`,
			"headstart store export --format parquet -o pets.parquet pets/",
			"headstart store export --format npy -o all.npy --backbone resnet50   # and all.npy.csv"),
		Flags: append(slices.Concat(o.extraction.flags(), o.limits.flags()),
			&cli.StringFlag{Name: "format", Usage: "`FORMAT` is npy, csv or parquet", DefaultText: "as FILE ends", Destination: &o.format},
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
			format, err := exportFormat(o.format, o.output)
			if err != nil {
				return err
			}
			return runStoreExport(c.Context, t, o, format, c.Args().Slice())
		},
	}
}

// checkWithoutData refuses options on how DATA is read and extracted where there
// is none.
func checkWithoutData(given []string) error {
	for _, name := range given {
		if !slices.Contains([]string{"backbone", "store", "verify", "format", "output", "o"}, name) {
			return usagef("store export: --%s means nothing without DATA", name)
		}
	}
	return nil
}

func exportFormat(name, output string) (export.Format, error) {
	if name == "" {
		name = strings.TrimPrefix(filepath.Ext(output), ".")
	}
	if format := export.Format(strings.ToLower(name)); slices.Contains(export.Formats, format) {
		return format, nil
	}
	return "", usagef("store export needs --format npy, csv or parquet")
}

func runStoreExport(ctx context.Context, t *terminal, o storeExportOptions, format export.Format, data []string) error {
	outputs := []string{o.output}
	if format == export.NPY {
		outputs = append(outputs, export.Sidecar(o.output))
	}
	for _, path := range outputs {
		if err := checkWritable("table", path, data...); err != nil {
			return err
		}
	}
	if len(data) > 0 {
		return exportData(ctx, t, o, format, data)
	}
	return exportAll(ctx, t, o, format)
}

// exportData writes the rows of DATA's images.
func exportData(ctx context.Context, t *terminal, o storeExportOptions, format export.Format, data []string) error {
	scanned, err := o.scan(ctx, t, data)
	if err != nil {
		return err
	}
	x, err := o.openChosen(t)
	if err != nil {
		return err
	}
	defer x.Close()
	done, err := collect(ctx, t, x, scanned.Samples)
	if err != nil {
		return err
	}
	matrix, err := x.Matrix(ctx, done.keys)
	if err != nil {
		return err
	}
	defer matrix.Close()
	if err := o.write(ctx, t, format, matrix, func(i int) export.Row {
		s := done.samples[i]
		return export.Row{SHA256: done.keys[i].String(), Path: s.Path, Label: s.Label, Split: string(s.Split)}
	}); err != nil {
		return err
	}
	return o.status(done.tally)
}

// exportAll writes all rows that the store holds of one backbone.
func exportAll(ctx context.Context, t *terminal, o storeExportOptions, format export.Format) error {
	folder, err := storeFolder(o.store)
	if err != nil {
		return err
	}
	which := o.backbone
	if which == backbone.Auto {
		which = ""
	}
	k, err := pick(folder, which)
	if err != nil {
		return err
	}
	root, err := store.OpenRoot(folder)
	if err != nil {
		return err
	}
	s, err := root.OpenHash(k.hash)
	if err != nil {
		return err
	}
	images, err := s.Images()
	if err != nil {
		return err
	}
	files, err := root.HashCache()
	if err != nil {
		return err
	}
	paths, err := files.Paths(ctx)
	if err != nil {
		return err
	}
	matrix, err := o.rows(ctx, s, images)
	if err != nil {
		return err
	}
	defer matrix.Close()
	return o.write(ctx, t, format, matrix, func(i int) export.Row {
		return export.Row{SHA256: images[i].Key.String(), Path: paths[images[i].Key]}
	})
}

// rows returns the rows of all images.
func (o *storeExportOptions) rows(ctx context.Context, s *store.Store, images []store.Image) (*store.Matrix, error) {
	keys := make([]store.Key, len(images))
	for i, image := range images {
		keys[i] = image.Key
	}
	return s.Rows(ctx, keys)
}

// write writes a table of the matrix's rows, described by describe.
func (o *storeExportOptions) write(ctx context.Context, t *terminal, format export.Format, matrix *store.Matrix, describe func(i int) export.Row) error {
	err := export.Write(ctx, o.output, format, export.Rows{
		Len: matrix.Len(),
		Dim: matrix.Dim(),
		All: func(yield func(export.Row) bool) {
			for i := range matrix.Len() {
				row := describe(i)
				row.Embedding = matrix.Row(i)
				if !yield(row) {
					return
				}
			}
		},
	})
	if errors.Is(err, context.Canceled) {
		return &interruptedError{o.output + " was not written", err}
	}
	if err != nil {
		return &outputError{"table", o.output, err}
	}
	names := o.output
	if format == export.NPY {
		names = fmt.Sprintf("%s and %s", o.output, export.Sidecar(o.output))
	}
	return t.print("%s: %s of %d values", names, count(matrix.Len(), "row", "rows"), matrix.Dim())
}
