package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/internal/publicdata"
)

type datasetsFetchOptions struct {
	source
	tfdsCorrupt bool
}

func datasetsFetchCommand(t *terminal) *cli.Command {
	var o datasetsFetchOptions
	return &cli.Command{
		Name:      "fetch",
		Usage:     "download a public set of images into a folder",
		ArgsUsage: "NAME [DIR]",
		Description: description(`
			NAME is one that "datasets list" shows; DIR is the new folder, which has the
			set's name if none is given. A download that broke goes on where it ended; its
			SHA-256 is checked before anything is unpacked.`,
			"headstart datasets fetch mnist",
			"headstart datasets fetch cats_vs_dogs pets/ --from kagglecatsanddogs_5340.zip",
			"headstart train-head pets/ -o pets.onnx"),
		Flags: append(o.flags("the file of the set, or the folder with its files"),
			&cli.BoolFlag{Name: "tfds-corrupt", Usage: "drop the images of cats_vs_dogs that TensorFlow Datasets calls corrupt, though most can be read", Destination: &o.tfdsCorrupt},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() < 1 || c.NArg() > 2 {
				return usagef("datasets fetch needs NAME and perhaps DIR: headstart datasets list shows names")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runDatasetsFetch(c.Context, t, o, c.Args().First(), c.Args().Get(1))
		},
	}
}

func runDatasetsFetch(ctx context.Context, t *terminal, o datasetsFetchOptions, name, dir string) error {
	set, known := publicdata.LookUp(name)
	switch {
	case !known:
		return usagef("no public set is named %q: headstart datasets list shows them", name)
	case o.tfdsCorrupt && !set.CanDrop():
		return usagef("--tfds-corrupt means nothing for %s", name)
	case dir == "":
		dir = name
	}
	if _, err := onMirror(set.Files[0].URLs[0]); err != nil {
		return err
	}
	t.note("licence of %s: %s", set.Name, set.Licence)
	bar := t.transfer()
	got, err := set.Fetch(ctx, publicdata.Options{
		Dir: dir, Mirror: os.Getenv(mirrorVariable), URL: o.url, From: o.from,
		TFDSCorrupt: o.tfdsCorrupt, Report: bar.report,
	})
	bar.end()
	if err != nil {
		return o.transferred(err, filesOf(set))
	}
	if got.Dropped > 0 {
		t.note("note: %d images without JFIF in their first bytes were dropped, as TensorFlow Datasets does", got.Dropped)
	}
	done := "fetched"
	if got.Already {
		done = "is there already"
	}
	return t.print("%s %s: %d images in %s; next: headstart train-head %s -o HEAD", set.Name, done, got.Images, filepath.Clean(dir), filepath.Clean(dir))
}

// filesOf tells a user which files to bring by hand.
func filesOf(set publicdata.Set) string {
	if len(set.Files) > 1 {
		return fmt.Sprintf("a folder with the %d files that headstart datasets list --json names", len(set.Files))
	}
	return oneFile(set.Files[0].URLs[0], set.Files[0].SHA256)
}
