package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

type exportOptions struct {
	output   string
	backbone string
	layout   string
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
			and "unknown": above headstart.unknown_threshold, the image is likely of
			none of the classes. Their names are in headstart.classes and, one to a line,
			in a text file beside MODEL. Before MODEL is put in place it is run on IMAGES,
			or on made-up pictures, and must give the probabilities that score gives.`,
			"headstart export pets.onnx -o pets-model.onnx pets/"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the model to `FILE`", Destination: &o.output},
			&cli.StringFlag{Name: "input", Usage: "`KIND` of the image: uint8, [N, height, width, 3] from 0 to 255, or float, [N, 3, height, width] of the same levels", Value: fusedmodel.Bytes, Destination: &o.layout},
			headsBackboneFlag(&o.backbone),
			jsonFlag(&o.json),
		},
		Action: func(c *cli.Context) error {
			switch {
			case c.NArg() == 0:
				return usagef("export needs HEAD, a file that headstart train-head wrote")
			case o.output == "":
				return usagef("export needs -o FILE to write the model to")
			case o.layout != fusedmodel.Bytes && o.layout != fusedmodel.Floats:
				return usagef("--input %s: neither uint8 nor float", o.layout)
			}
			return runExport(c.Context, t, o, c.Args().First(), c.Args().Tail())
		},
	}
}

// exportReport is what export prints.
type exportReport struct {
	Model      string  `json:"model"`
	Labels     string  `json:"labels"`
	Verified   int     `json:"verified"`           // images
	Difference float64 `json:"largest_difference"` // between probabilities, and unknown scores
}

func runExport(ctx context.Context, t *terminal, o exportOptions, headPath string, images []string) error {
	e := extraction{backbone: o.backbone}
	h, b, err := e.resolveHead(headPath)
	if err != nil {
		return err
	}
	if err := checkExportOutput(o.output); err != nil {
		return err
	}
	for _, class := range h.Meta.Classes {
		if strings.ContainsAny(class, "\r\n") {
			return fmt.Errorf("class %q cannot stand on a line of its own in %s", class, labelsPath(o.output))
		}
	}
	pictures, unreadable, err := samplePictures(ctx, t, b.Preprocessing, images)
	if err != nil {
		return err
	}
	data, err := o.join(headPath, h, b)
	if err != nil {
		return fmt.Errorf("cannot join head %s and backbone %s: %w", headPath, b.Path, err)
	}
	model, err := atomicfile.Create(o.output, 0o666)
	if err != nil {
		return &outputError{"model", o.output, err}
	}
	defer model.Close()
	if _, err := model.Write(data); err != nil {
		return &outputError{"model", o.output, err}
	}
	difference, err := verifyBundle(ctx, model.TempName(), o.layout, h, b, pictures)
	if err != nil {
		return err
	}
	if err := writeLabels(labelsPath(o.output), h.Meta.Classes); err != nil {
		return err
	}
	if err := model.Commit(); err != nil {
		return &outputError{"model", o.output, err}
	}
	report := exportReport{o.output, labelsPath(o.output), len(pictures), difference}
	if err := report.print(t, o.json, len(images) > 0); err != nil {
		return err
	}
	return e.status(tally{unreadable: unreadable})
}

func (r *exportReport) print(t *terminal, asJSON, onImages bool) error {
	if asJSON {
		return t.json(r)
	}
	checked := count(r.Verified, "made-up picture", "made-up pictures")
	if onImages {
		checked = count(r.Verified, "image", "images")
	}
	return t.print("%s, checked on %s: numbers differ by %.1e at most; its classes are in %s", printable(r.Model), checked, r.Difference, printable(r.Labels))
}

// join returns the content of the model's file.
func (o *exportOptions) join(headPath string, h *head.Head, b backbone.Backbone) ([]byte, error) {
	content, err := b.Read()
	if err != nil {
		return nil, err
	}
	backboneModel, err := onnxgraph.Parse(content)
	if err != nil {
		return nil, err
	}
	headModel, err := onnxgraph.Load(headPath)
	if err != nil {
		return nil, err
	}
	p := b.Preprocessing
	headPart := fusedmodel.Part{Model: headModel, Input: headModel.Inputs()[0].Name, Output: fusedmodel.Probabilities}
	metadata := map[string]any{
		"headstart.version":       version(),
		"headstart.classes":       h.Meta.Classes,
		"headstart.backbone":      h.Meta.Backbone,
		"headstart.preprocessing": imagePreprocessing(o.layout, p),
	}
	if h.Meta.Unknown != nil {
		headPart.Unknown = fusedmodel.Unknown
		metadata["headstart.unknown_threshold"] = h.Meta.Unknown.Threshold
	}
	whole, err := fusedmodel.Join(o.layout,
		fusedmodel.Normalisation{
			Side: p.Crop, Mean: p.Mean, Std: p.Std,
			NHWC: p.Layout == "NHWC", Bytes: p.Type == "uint8", OneAtATime: b.OneAtATime,
		},
		fusedmodel.Part{Model: backboneModel, Input: b.Input.Name, Output: b.Output.Name},
		headPart, metadata)
	if err != nil {
		return nil, err
	}
	return whole.Marshal()
}

// imagePreprocessing is what remains to be done before the model: all but the
// normalisation.
func imagePreprocessing(layout string, p imageio.Preprocessing) imageio.Preprocessing {
	p.Mean, p.Std = [3]float32{}, [3]float32{1, 1, 1}
	p.Layout, p.Type = "NHWC", "uint8"
	if layout == fusedmodel.Floats {
		p.Layout, p.Type = "NCHW", "float32"
	}
	return p
}
