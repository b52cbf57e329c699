package main

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

func backbonesPullCommand(t *terminal) *cli.Command {
	var o source
	return &cli.Command{
		Name:      "pull",
		Usage:     "download a backbone of the catalogue and install it",
		ArgsUsage: "NAME",
		Description: description(`
			NAME is one that "backbones list" shows. A download that broke goes on where
			it ended; its SHA-256 is checked before anything is installed. A network that
			carries a classifier is cut at its pooled features.`,
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
	entry, known := backbone.LookUp(name)
	if !known {
		return usagef("no backbone of the catalogue is named %q: headstart backbones list shows them", name)
	}
	if entry.Download == nil {
		_, err := backbone.Resolve(name)
		if err == nil {
			return t.print("%s is installed already", name)
		}
		return err
	}
	url := o.url
	if url == "" {
		var err error
		if url, err = onMirror(entry.Download.URL); err != nil {
			return err
		}
	}
	bar := t.transfer()
	added, err := entry.Pull(ctx, backbone.PullOptions{URL: url, From: o.from, Report: bar.report})
	bar.end()
	if err != nil {
		return o.transferred(err, oneFile(entry.Download.URL, entry.Download.SHA256))
	}
	return printAdded(t, added)
}
