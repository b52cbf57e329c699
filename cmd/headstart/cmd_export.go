package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type exportOptions struct {
	output   string
	backbone string
	input    string
	json     bool
}

func exportCommand(t *terminal) *cli.Command {
	var o exportOptions
	return &cli.Command{
		Name:      "export",
		Usage:     "write backbone and head as one ONNX file to deploy",
		ArgsUsage: "HEAD [IMAGES...] -o MODEL",
		Description: description(`
			MODEL takes "image", pixels that were resized and cropped as its metadata
			entry headstart.preprocessing says, and gives "probabilities", "embedding"
			and "unknown": above headstart.unknown_threshold, the image is likely of none
			of the classes. With --input photo it takes a whole picture of any size and
			does that itself. Class names are in headstart.classes and, one per line, in a
			text file beside MODEL; a JSON file beside it has all that a program needs to
			know. Before MODEL is written it is run on IMAGES, or on
			generated pictures, and must give the same probabilities as score.`,
			"headstart export pets.onnx -o pets-model.onnx pets/",
			"headstart export pets.onnx -o pets-model.onnx --input photo pets/"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the model to `FILE`", Destination: &o.output},
			&cli.StringFlag{Name: "input", Usage: "`KIND` of the image: uint8, prepared squares [N, height, width, 3] from 0 to 255; float, [N, 3, height, width] in the same range; or photo, a whole picture, uint8 [1, height, width, 3]", DefaultText: "uint8, or photo if the head was trained with --view both", Destination: &o.input},
			headsBackboneFlag(&o.backbone),
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() == 0:
				return usagef("export needs HEAD, a file that headstart train-head wrote")
			case o.output == "":
				return usagef("export needs -o FILE to write the model to")
			case o.input != "" && !slices.Contains(headstart.ExportInputs(), o.input):
				return usagef("--input %s: must be one of %s", o.input, strings.Join(headstart.ExportInputs(), ", "))
			}
			return runExport(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

func runExport(ctx context.Context, t *terminal, o exportOptions, headFile string, images []string) error {
	e := extraction{Config: headstart.Config{Backbone: o.backbone, NoStore: true}}
	engine, err := e.open(t)
	if err != nil {
		return err
	}
	defer engine.Close()
	c, err := engine.Load(ctx, headFile)
	if err != nil {
		return err
	}
	if err := headstart.CheckOutput(headstart.ModelFile, o.output); err != nil {
		return err
	}
	var data dataset.Dataset
	if len(images) > 0 {
		scanned, err := dataset.ScanUnlabelled(ctx, images...)
		if err != nil {
			return err
		}
		t.noteSkipped(scanned)
		data = *scanned
	}
	report, err := c.Export(ctx, o.output, headstart.ExportOptions{Input: o.input, Check: data.Samples})
	if report != nil {
		t.listUnreadable(report.Unreadable)
	}
	if err != nil {
		return err
	}
	err = t.show(o.json, report, func() error {
		checked := wording.Count(report.Verified, "generated picture", "generated pictures")
		if len(images) > 0 {
			checked = wording.Count(report.Verified, "image", "images")
		}
		return t.print("%s, checked on %s: numbers differ by at most %.1e; its classes are in %s, and all that a program needs to know in %s", wording.Name(report.Model), checked, report.Difference, wording.Name(report.Labels), wording.Name(report.Sidecar))
	})
	return cmp.Or(err, e.status(len(report.Unreadable)))
}
