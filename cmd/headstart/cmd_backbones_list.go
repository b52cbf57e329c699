package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

func backbonesListCommand(t *terminal) *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:  "list",
		Usage: "show the backbones known by name, and which are installed",
		Description: description(`
			--backbone auto takes the first that is installed. A damaged one has changed
			since it was installed: pull it again. Top-1 is the accuracy on ImageNet, in
			percent, of the network with its classifier, as its authors report it. Blocks
			are the layers whose pooled values --blocks can put into embeddings.`,
			"headstart backbones list",
			"headstart backbones list --json"),
		Flags: []cli.Flag{jsonFlag(&asJSON)},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("backbones list takes no arguments")
			}
			return runBackbonesList(t, asJSON)
		},
	}
}

func runBackbonesList(t *terminal, asJSON bool) error {
	listed, err := headstart.Backbones()
	if err != nil {
		return err
	}
	added, err := backbone.AddedNames()
	if err != nil {
		return err
	}
	if asJSON {
		return t.json(map[string]any{"backbones": listed, "added": added})
	}
	rows := [][]string{{"NAME", "INSTALLED", "DOWNLOAD", "DIM", "TOP-1", "BLOCKS", "LICENCE", "WHAT"}}
	for _, b := range listed {
		rows = append(rows, backboneRow(b))
	}
	for _, name := range added {
		rows = append(rows, addedRow(name))
	}
	return t.table(rows)
}

// addedRow describes a backbone that was added, if it can be read.
func addedRow(name string) []string {
	dim, blocks := "-", "-"
	if b, err := backbone.Resolve(name); err == nil {
		dim, blocks = fmt.Sprint(b.Dim), blocksText(b.Available())
	}
	return []string{name, "yes", "-", dim, "-", blocks, "-", "added by you"}
}

// blocksText lists blocks as --blocks takes them.
func blocksText(blocks []backbone.Block) string {
	if len(blocks) == 0 {
		return "-"
	}
	return wording.Name(strings.Join(backbone.BlockNames(blocks), ","))
}

func backboneRow(b headstart.BackboneState) []string {
	installed, size, top1 := "no", "by make setup", "-"
	switch {
	case b.Installed:
		installed = "yes"
	case b.Damaged:
		installed = "damaged"
	case b.Unreadable != "":
		installed = "unreadable: " + b.Unreadable
	}
	if b.Download != nil {
		size = fmt.Sprintf("%.0f MB", b.Download.Megabytes)
	}
	if b.Top1 > 0 {
		top1 = fmt.Sprintf("%.2f", b.Top1)
	}
	return []string{b.Name, installed, size, fmt.Sprint(b.Dim), top1, blocksText(b.Blocks), b.Licence, b.About}
}
