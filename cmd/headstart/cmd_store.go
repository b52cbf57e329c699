package main

import (
	"github.com/urfave/cli/v2"
)

func storeCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name:      "store",
		Usage:     "inspect, verify, export or drop the embeddings that are kept",
		ArgsUsage: "COMMAND ARGUMENTS...",
		Description: description(`
			The store holds the embeddings of every image, by the image's content and
			by backbone. All of it can be made again by extract.`,
			"headstart store info",
			"headstart store verify --repair",
			"headstart store export --format parquet -o pets.parquet pets/",
			"headstart store drop --backbone resnet50"),
		Subcommands: []*cli.Command{
			storeInfoCommand(t),
			storeVerifyCommand(t),
			storeExportCommand(t),
			storeDropCommand(t),
		},
	}
}
