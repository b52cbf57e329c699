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
		&cli.Float64Flag{Name: "test", Usage: "hold the `SHARE` of each class, such as 0.2, back for testing", Destination: &h.Test},
		&cli.Float64Flag{Name: "val", Usage: "hold the `SHARE` of each class back for validation", Destination: &h.Val},
	}
}

func (h *holdout) wanted() bool { return h.Test != 0 || h.Val != 0 }

// check refuses shares that make no sense.
func (h *holdout) check() error {
	if !(h.Test >= 0 && h.Val >= 0 && h.Test+h.Val < 1) {
		return usagef("--test %g --val %g: shares must be 0 or more and leave something to train on", h.Test, h.Val)
	}
	return nil
}

// checkData refuses data that has splits of its own.
func (h *holdout) checkData(data *dataset.Dataset) error {
	if splits := data.Splits(); h.wanted() && splits[0] != dataset.Unsplit {
		return usagef("--test and --val are for data without splits, and this has its own: %q", splits)
	}
	return nil
}
