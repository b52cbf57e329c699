package main

import "github.com/urfave/cli/v2"

func datasetsCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:  "datasets",
		Usage: "look at data sets and divide them",
		Subcommands: []*cli.Command{
			datasetsCheckCommand(t),
			datasetsSplitCommand(t),
		},
	}
}
