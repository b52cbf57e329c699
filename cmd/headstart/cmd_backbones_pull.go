package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

func backbonesPullCommand(t *terminal) *cli.Command {
	var o source
	return &cli.Command{
		Name:      "pull",
		Usage:     "download a backbone of the catalogue and install it",
		ArgsUsage: "NAME",
		Description: description(`
			NAME is one that "backbones list" shows. An interrupted download is
			resumed; its SHA-256 is checked before anything is installed. A network with a
			classifier is cut at its pooled features.`,
			"headstart backbones pull resnet50",
			"HEADSTART_MIRROR=https://HOST headstart backbones pull resnet50",
			"headstart backbones pull resnet50 --from model.onnx"),
		Flags: o.flags("the file of the backbone"),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("backbones pull needs one NAME: headstart backbones list shows them")
			}
			if err := o.check(); err != nil {
				return err
			}
			return runBackbonesPull(c.Context, t, o, c.Args().First())
		},
	}
}

func runBackbonesPull(ctx context.Context, t *terminal, o source, name string) error {
	bar := o.show(t)
	added, err := headstart.PullBackbone(ctx, name, o.Source)
	bar.end()
	if errors.As(err, new(*backbone.UnknownError)) {
		return usagef("no backbone of the catalogue is named %q: headstart backbones list shows them", name)
	}
	if err != nil {
		return err
	}
	return printAdded(t, added)
}
