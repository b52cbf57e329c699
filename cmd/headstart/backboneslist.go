package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

func backbonesListCommand(t *terminal) *cli.Command {
	var asJSON bool
	return &cli.Command{
		Name:  "list",
		Usage: "show the backbones known by name, and which are installed",
		Description: description(`
			The first that is installed is what --backbone auto takes. One that is damaged
			is not what was installed: pull it again. Top-1 is how many per cent of
			ImageNet's images a network with its classifier gets right, as its authors
			state it.`,
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

// listedBackbone is what backbones list prints of one.
type listedBackbone struct {
	backbone.Entry
	fileState
}

// fileState is what there is of a backbone's file.
type fileState struct {
	Path       string `json:"path"`
	Installed  bool   `json:"installed"`
	Damaged    bool   `json:"damaged"`              // and so not installed
	Unreadable string `json:"unreadable,omitempty"` // why it cannot be told whether it is installed
}

// look finds out what there is of a catalogue's entry.
func look(entry backbone.Entry) (fileState, error) {
	path, err := entry.Path()
	if err != nil {
		return fileState{}, err
	}
	state := fileState{Path: path}
	var unreadable *backbone.UnreadableError
	switch err = entry.Check(); {
	case err == nil:
		state.Installed = true
	case errors.Is(err, backbone.ErrNotInstalled):
	case errors.As(err, new(*backbone.DamagedError)):
		state.Damaged = true
	case errors.As(err, &unreadable):
		state.Unreadable = unreadable.Cause.Error()
	default:
		return fileState{}, err
	}
	return state, nil
}

func runBackbonesList(t *terminal, asJSON bool) error {
	var listed []listedBackbone
	for _, entry := range backbone.Catalogue() {
		state, err := look(entry)
		if err != nil {
			return err
		}
		listed = append(listed, listedBackbone{entry, state})
	}
	added, err := backbone.AddedNames()
	if err != nil {
		return err
	}
	if asJSON {
		return t.json(map[string]any{"backbones": listed, "added": added})
	}
	rows := [][]string{{"NAME", "INSTALLED", "DOWNLOAD", "VALUES", "TOP-1", "LICENCE", "WHAT"}}
	for _, b := range listed {
		rows = append(rows, b.row())
	}
	for _, name := range added {
		rows = append(rows, []string{name, "yes", "-", "-", "-", "-", "added by you"})
	}
	return t.table(rows)
}

func (b listedBackbone) row() []string {
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
	return []string{b.Name, installed, size, fmt.Sprint(b.Dim), top1, b.Licence, b.About}
}
