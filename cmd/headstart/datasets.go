package main

import "github.com/urfave/cli/v2"

func datasetsCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "datasets",
		Usage:     "bring public sets of images",
		ArgsUsage: "COMMAND ARGUMENTS...",
		Subcommands: []*cli.Command{
			datasetsListCommand(t),
			datasetsFetchCommand(t),
		},
	}
}
