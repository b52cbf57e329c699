package main

import "github.com/urfave/cli/v2"

func datasetsCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "datasets",
		Usage:     "check and split data sets, and download public ones",
		ArgsUsage: "COMMAND ARGUMENTS...",
		Subcommands: []*cli.Command{
			datasetsCheckCommand(t),
			datasetsSplitCommand(t),
			datasetsListCommand(t),
			datasetsFetchCommand(t),
		},
	}
}
