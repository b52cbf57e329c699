package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/store"
)

type storeInfoOptions struct {
	store string
	json  bool
}

func storeInfoCommand(t *terminal) *cli.Command {
	var o storeInfoOptions
	return &cli.Command{
		Name:  "info",
		Usage: "say what is kept",
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

// storeReport is what store info prints.
type storeReport struct {
	Store      string       `json:"store"`
	Embeddings []keptReport `json:"embeddings"`
	Files      int64        `json:"files"`       // remembered by path, size and time
	FilesBytes int64        `json:"files_bytes"` // of files.db
}

type keptReport struct {
	Hash       string `json:"hash"`
	Backbone   string `json:"backbone"` // its name, or how the digest begins
	SHA256     string `json:"backbone_sha256"`
	Images     int64  `json:"images"`
	Unreadable int64  `json:"unreadable"`
	Unused     int64  `json:"unused_rows"`
	Dim        int    `json:"dim"`
	Bytes      int64  `json:"bytes"`
	Vectors    string `json:"vectors"`
}

func runStoreInfo(ctx context.Context, t *terminal, o storeInfoOptions) error {
	folder, err := storeFolder(o.store)
	if err != nil {
		return err
	}
	report, err := describeStore(ctx, folder)
	if err != nil {
		return err
	}
	if o.json {
		return t.json(report)
	}
	if len(report.Embeddings) == 0 {
		return t.print("%s holds no embeddings", folder)
	}
	rows := [][]string{{"backbone", "images", "unreadable", "values", "size", "hash"}}
	for _, k := range report.Embeddings {
		rows = append(rows, []string{
			k.Backbone, strconv.FormatInt(k.Images, 10), strconv.FormatInt(k.Unreadable, 10),
			strconv.Itoa(k.Dim), megabytes(k.Bytes), k.Hash,
		})
	}
	if err := t.table(rows); err != nil {
		return err
	}
	return t.print("%s remembered, %s, in %s", count(int(report.Files), "file", "files"), megabytes(report.FilesBytes), folder)
}

func describeStore(ctx context.Context, folder string) (storeReport, error) {
	all, err := keptIn(folder)
	report := storeReport{Store: folder, Embeddings: []keptReport{}}
	if err != nil || len(all) == 0 {
		return report, err
	}
	root, err := store.OpenRoot(folder)
	if err != nil {
		return report, err
	}
	for _, k := range all {
		s, err := root.OpenHash(k.hash)
		if err != nil {
			return report, err
		}
		info, err := s.Info()
		if err != nil {
			return report, err
		}
		report.Embeddings = append(report.Embeddings, keptReport{
			Hash: k.hash, Backbone: k.name, SHA256: k.spec.Backbone,
			Images: info.Images, Unreadable: info.Unreadable, Unused: info.Rows - info.Images,
			Dim: info.Dim, Bytes: info.Bytes, Vectors: s.VectorsPath(),
		})
	}
	info, err := root.HashCacheInfo(ctx)
	if err != nil {
		return report, fmt.Errorf("cannot count the files remembered: %w", err)
	}
	report.Files, report.FilesBytes = info.Files, info.Bytes
	return report, nil
}
