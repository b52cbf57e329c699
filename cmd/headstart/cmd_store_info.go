package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type storeInfoOptions struct {
	store string
	json  bool
}

func storeInfoCommand(t *terminal) *cli.Command {
	var o storeInfoOptions
	return &cli.Command{
		Name:  "info",
		Usage: "show what the store holds",
		Description: description(`
			Lists, for each backbone and way of preparing images, how many images have
			an embedding, how many are unreadable, and the bytes on disk.`,
			"headstart store info",
			"headstart store info --store pets.store --json"),
		Flags: []cli.Flag{storeFlag(&o.store), jsonFlag(&o.json)},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("store info takes no arguments; --store DIR names the store")
			}
			return runStoreInfo(c.Context, t, o)
		},
	}
}

func runStoreInfo(ctx context.Context, t *terminal, o storeInfoOptions) error {
	store, err := headstart.OpenStore(o.store)
	if err != nil {
		return err
	}
	report, err := store.Info(ctx)
	if err != nil {
		return err
	}
	if o.json || len(report.Embeddings) == 0 {
		return t.show(o.json, report, func() error { return t.print("%s holds no embeddings", report.Store) })
	}
	rows := [][]string{{"backbone", "images", "unreadable", "dim", "blocks", "view", "size", "hash"}}
	for _, k := range report.Embeddings {
		rows = append(rows, []string{
			k.Backbone, strconv.FormatInt(k.Images, 10), strconv.FormatInt(k.Unreadable, 10),
			strconv.Itoa(k.Dim), wording.Name(strings.Join(k.Blocks, " ")), fmt.Sprintf("%s, %d px", k.View, k.ImageSize), megabytes(k.Bytes), k.Hash,
		})
	}
	if report.Thumbnails > 0 {
		rows = append(rows, []string{wording.Count(int(report.Thumbnails), "thumbnail", "thumbnails") + ", " + megabytes(report.ThumbnailsBytes)})
	}
	return t.table(append(rows, []string{wording.Count(int(report.Files), "file", "files") + " remembered, " + megabytes(report.FilesBytes) + ", in " + report.Store}))
}
