package main

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

type backbonesAddOptions struct {
	name       string
	output     string
	preprocess string
	blocks     string
}

func backbonesAddCommand(t *terminal) *cli.Command {
	var o backbonesAddOptions
	return &cli.Command{
		Name:      "add",
		Usage:     "make a backbone of an ONNX file and install it",
		ArgsUsage: "FILE --name NAME",
		Description: description(`
			FILE is any ONNX network for images, such as a classifier. It is cut at its
			pooled features, tried on test images, and installed under NAME. Images are
			prepared as the file records it; where it does not, --preprocess says how:
			imagenet (ImageNet's mean and deviation, as torchvision), tf (-1 to 1), unit
			(0 to 1), raw (0 to 255), or the JSON of more.`,
			"headstart backbones add resnet50-v2-7.onnx --name zoo-resnet50",
			"headstart backbones add net.onnx --name net --output pool5 --preprocess tf",
			`headstart backbones add net.onnx --name net --preprocess '{"resize": 232, "mean": [127, 127, 127], "std": [128, 128, 128]}'`),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "install it as `NAME`", Destination: &o.name},
			&cli.StringFlag{Name: "output", Usage: "cut at the value `NAME`; auto finds the pooled features", Value: backbone.Auto, Destination: &o.output},
			&cli.StringFlag{Name: "preprocess", Usage: "how images are prepared: `" + strings.Join(backbone.RangeNames(), "|") + "|FILE.json|JSON`", DefaultText: "as the file records it", Destination: &o.preprocess},
			&cli.StringFlag{Name: "blocks", Usage: "earlier layers that it gives too, pooled: `none|auto|LAYER,...`", Value: backbone.Auto, Destination: &o.blocks},
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() != 1:
				return usagef("backbones add needs one FILE")
			case o.name == "":
				return usagef("backbones add needs --name NAME, by which --backbone will find it")
			}
			return runBackbonesAdd(c.Context, t, o, c.Args().First())
		},
	}
}

func runBackbonesAdd(ctx context.Context, t *terminal, o backbonesAddOptions, file string) error {
	added, err := backbone.Add(ctx, file, backbone.AddOptions{Name: o.name, Output: o.output, Preprocess: o.preprocess, Blocks: o.blocks})
	if errors.Is(err, backbone.ErrNoPreprocessing) || errors.As(err, new(*backbone.OptionError)) {
		return usagef("%v", err)
	}
	if err != nil {
		return err
	}
	return printAdded(t, added)
}

// printAdded prints what was done to make a backbone, and where it is.
func printAdded(t *terminal, added backbone.Added) error {
	for _, step := range added.Steps {
		t.note("%s", step)
	}
	return t.print("installed %s: %d values an image; use it by --backbone %s", added.Path, added.Dim, added.Name)
}
