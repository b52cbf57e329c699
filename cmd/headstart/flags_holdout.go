package main

import (
	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

// holdout holds the options that split data which has no splits.
type holdout struct{ headstart.Holdout }

func (h *holdout) flags() []cli.Flag {
	return []cli.Flag{
		&cli.Float64Flag{Name: "test", Usage: "hold back `SHARE` of each class, such as 0.2, for testing", Destination: &h.Test},
		&cli.Float64Flag{Name: "val", Usage: "hold back `SHARE` of each class for validation", Destination: &h.Val},
	}
}

// check refuses shares that make no sense, and data, if it is not nil, that has
// splits of its own.
func (h *holdout) check(data *dataset.Dataset) error {
	if err := h.Check(data); err != nil {
		return usagef("%v", err)
	}
	return nil
}
