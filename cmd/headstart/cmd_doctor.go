package main

import (
	"cmp"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

type doctorOptions struct {
	store string
	json  bool
}

func doctorCommand(t *terminal) *cli.Command {
	var o doctorOptions
	return &cli.Command{
		Name:  "doctor",
		Usage: "show what is installed, what is missing and how to get it",
		Description: description(`
			Exit status 1 if extraction with the default backbone would fail.`,
			"headstart doctor"),
		Flags: []cli.Flag{storeFlag(&o.store), jsonFlag(&o.json)},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("doctor takes no arguments")
			}
			return runDoctor(t, o)
		},
	}
}

// runDoctor fails if extraction with the default backbone would.
func runDoctor(t *terminal, o doctorOptions) error {
	d, err := headstart.Diagnose(o.store)
	if err != nil {
		return err
	}
	if err := t.show(o.json, d, func() error { return t.table(diagnosisRows(d)) }); err != nil {
		return err
	}
	if d.LibraryErr != nil && d.BackboneErr != nil {
		t.fail(d.BackboneErr)
	}
	return cmp.Or(d.LibraryErr, d.BackboneErr)
}

func diagnosisRows(d *headstart.Diagnosis) [][]string {
	rows := [][]string{{"headstart", d.Version}}
	if d.Library != nil {
		rows = append(rows,
			[]string{"ONNX Runtime", d.Library.Version, d.Library.Path},
			[]string{"devices", strings.Join(d.Devices, ", ")})
	} else {
		rows = append(rows, []string{"ONNX Runtime", "missing"})
	}
	rows = append(rows, []string{"CUDA", d.CUDA})
	for i, folder := range d.Searched {
		title := ""
		if i == 0 {
			title = "searched, in this order"
			if os.Getenv(headstart.RuntimeVariable) != "" {
				title = "searched, as $" + headstart.RuntimeVariable + " says"
			}
		}
		rows = append(rows, []string{title, folder})
	}
	for _, b := range d.Backbones {
		state := "not installed; " + remedyFor(b.Entry) + " installs it"
		switch {
		case b.Installed:
			state = "installed"
		case b.Damaged:
			state = "damaged; " + remedyFor(b.Entry) + " installs it again"
		case b.Unreadable != "":
			state = "unreadable: " + b.Unreadable
		}
		rows = append(rows, []string{"backbone " + b.Name, state, b.Path})
	}
	return append(rows, []string{"store", megabytes(d.Store.Bytes), d.Store.Path},
		[]string{"licences", "Apache-2.0; HEIC decoder libde265: LGPL-3.0-or-later, replaceable by scripts/sandbox/build.sh"})
}

// remedyFor names the command that installs a backbone of the catalogue.
func remedyFor(entry backbone.Entry) string {
	if entry.Download == nil {
		return "make " + entry.Make + " in headstart's source folder"
	}
	return "headstart backbones pull " + entry.Name
}
