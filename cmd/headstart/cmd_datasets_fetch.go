package main

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
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
			NAME is one that "datasets list" shows; DIR is the new folder, named after the
			set by default. An interrupted download is resumed; its
			SHA-256 is checked before anything is unpacked.`,
			"headstart datasets fetch mnist",
			"headstart datasets fetch cats_vs_dogs pets/ --from kagglecatsanddogs_5340.zip",
			"headstart train-head pets/ -o pets.onnx"),
		Flags: append(o.flags("the file of the set, or the folder with its files"),
			&cli.BoolFlag{Name: "tfds-corrupt", Usage: "drop the images of cats_vs_dogs that TensorFlow Datasets calls corrupt, though most can be read", Destination: &o.tfdsCorrupt},
		),
		Action: func(c *cli.Context) error {
			if c.NArg() < 1 || c.NArg() > 2 {
				return usagef("datasets fetch needs NAME and optionally DIR: headstart datasets list shows names")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runDatasetsFetch(c.Context, t, o, c.Args().First(), c.Args().Get(1))
		},
	}
}

func runDatasetsFetch(ctx context.Context, t *terminal, o datasetsFetchOptions, name, dir string) error {
	sets := headstart.PublicSets()
	at := slices.IndexFunc(sets, func(s headstart.PublicSet) bool { return s.Name == name })
	switch {
	case at < 0:
		return usagef("no public set is named %q: headstart datasets list shows them", name)
	case o.tfdsCorrupt && !sets[at].CanDrop():
		return usagef("--tfds-corrupt does not apply to %s", name)
	case dir == "":
		dir = name
	}
	set := sets[at]
	t.note("licence of %s: %s", set.Name, set.Licence)
	bar := o.show(t)
	got, err := headstart.FetchSet(ctx, set, dir, o.Source, o.tfdsCorrupt)
	bar.end()
	if err != nil {
		return err
	}
	if got.Dropped > 0 {
		t.note("note: dropped %d images without JFIF in their first bytes, as TensorFlow Datasets does", got.Dropped)
	}
	done := "fetched"
	if got.Already {
		done = "is there already"
	}
	return t.print("%s %s: %d images in %s; next: headstart train-head %s -o HEAD", set.Name, done, got.Images, filepath.Clean(dir), filepath.Clean(dir))
}
