package main

import "github.com/urfave/cli/v2"

func backbonesCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "backbones",
		Usage:     "download, add and inspect backbones",
		ArgsUsage: "COMMAND ARGUMENTS...",
		Subcommands: []*cli.Command{
			backbonesListCommand(t),
			backbonesPullCommand(t),
			backbonesAddCommand(t),
			backbonesInspectCommand(t),
		},
	}
}
