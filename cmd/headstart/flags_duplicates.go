package main

import (
	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
)

// duplicates holds the options that say which images are duplicates.
type duplicates struct{ headstart.DuplicateOptions }

func (d *duplicates) flags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "no-near-duplicates", Usage: "only images of the same bytes are duplicates", Destination: &d.NoNear},
		&cli.BoolFlag{Name: "flipped", Usage: "mirrored images are near-duplicates too", Destination: &d.Flipped},
	}
}

// check refuses options that contradict each other.
func (d *duplicates) check() error {
	switch {
	case d.NoNear && d.Flipped:
		return usagef("--flipped and --no-near-duplicates exclude each other")
	case d.NoNear && d.Near != 0:
		return usagef("--near and --no-near-duplicates exclude each other")
	case d.Flipped && d.Near != 0:
		return usagef("--near and --flipped exclude each other: embeddings hardly tell left from right")
	}
	return nil
}
