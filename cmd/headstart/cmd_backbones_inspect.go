package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

type backbonesInspectOptions struct{ json bool }

func backbonesInspectCommand(t *terminal) *cli.Command {
	var o backbonesInspectOptions
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what an ONNX file holds and where it can be cut",
		ArgsUsage: "FILE",
		Description: description(`
			Candidates are values that every path from the image to an output passes
			through, or that the classifier takes, with what the graph shows of them.
			backbones add cuts at the one marked with a star, or at the one that --output
			names. Blocks are earlier layers that it would record, unless --blocks says else.`,
			"headstart backbones inspect resnet50-v2-7.onnx"),
		Flags: []cli.Flag{jsonFlag(&o.json)},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("backbones inspect needs one FILE")
			}
			return runBackbonesInspect(t, o, c.Args().First())
		},
	}
}

func runBackbonesInspect(t *terminal, o backbonesInspectOptions, file string) error {
	found, err := backbone.Inspect(file)
	if err != nil {
		return err
	}
	return t.show(o.json, found, func() error { return t.table(inspectionRows(found)) })
}

func inspectionRows(i backbone.Inspection) [][]string {
	rows := [][]string{
		{"file", i.Path, megabytes(i.Bytes)},
		{"opset", opsets(i), "IR version " + fmt.Sprint(i.IRVersion)},
		{"producer", wording.Name(orNone(i.Producer))},
		{"operators", fmt.Sprint(i.Operators)},
		{"weights", fmt.Sprintf("%.2f million", float64(i.Weights)/1e6)},
		{"multiply-adds", fmt.Sprintf("%.2f million an image", float64(i.MultiplyAdds)/1e6)},
	}
	for _, input := range i.Inputs {
		rows = append(rows, []string{"input", wording.Name(input)})
	}
	for _, output := range i.Outputs {
		rows = append(rows, []string{"output", wording.Name(output)})
	}
	for _, key := range slices.Sorted(maps.Keys(i.Metadata)) {
		rows = append(rows, []string{"metadata", wording.Name(key), wording.Name(i.Metadata[key])})
	}
	rows = append(rows, []string{"preprocessing", orNone(i.Preprocessing)})
	for _, c := range i.Candidates {
		mark := ""
		if c.Chosen {
			mark = " *"
		}
		note := ""
		if c.Note != "" {
			note = ", " + c.Note
		}
		rows = append(rows, []string{"candidate" + mark, wording.Name(c.Name), fmt.Sprintf("%s %s %s: %d values%s", c.Operator, c.Type, shapeText(c.Shape), c.Dim, note)})
	}
	for _, b := range i.Blocks {
		rows = append(rows, []string{"block", wording.Name(b.Name), fmt.Sprintf("%s: %d values", wording.Name(b.Layer), b.Dim)})
	}
	if i.Unsure != "" {
		rows = append(rows, []string{"unsure", i.Unsure})
	}
	return rows
}

// shapeText writes a shape as those of inputs and outputs are written.
func shapeText(shape []int64) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")
}

func opsets(i backbone.Inspection) string {
	texts := []string{fmt.Sprint(i.Opset)}
	for _, domain := range slices.Sorted(maps.Keys(i.Domains)) {
		texts = append(texts, fmt.Sprintf("%s %d", domain, i.Domains[domain]))
	}
	return strings.Join(texts, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "not recorded"
	}
	return text
}
