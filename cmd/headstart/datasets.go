package main

import "github.com/urfave/cli/v2"

func datasetsCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "datasets",
		Usage:     "check and divide sets of images, and bring public ones",
		ArgsUsage: "COMMAND ARGUMENTS...",
		Subcommands: []*cli.Command{
			datasetsCheckCommand(t),
			datasetsSplitCommand(t),
			datasetsListCommand(t),
			datasetsFetchCommand(t),
		},
	}
}
