package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/ort"
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

// diagnosis is what doctor prints.
type diagnosis struct {
	Version   string          `json:"version"`
	Library   *ort.Library    `json:"library"`  // null where there is none that loads
	Searched  []string        `json:"searched"` // where it is looked for, first to last: folders, or the file that the user names
	Devices   []string        `json:"devices"`
	CUDA      string          `json:"cuda"` // the library for it, or why there is none
	Backbones []backboneState `json:"backbones"`
	Store     storeState      `json:"store"`
}

type backboneState struct {
	Name   string `json:"name"`
	Source string `json:"source"`
	fileState

	remedy string // what brings it
}

type storeState struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// runDoctor fails if extraction with the default backbone would.
func runDoctor(t *terminal, o doctorOptions) error {
	d := diagnosis{Version: version(), Devices: []string{}, Searched: ort.SearchPath(ort.Device{})}
	if file := os.Getenv(ort.LibraryVariable); file != "" {
		d.Searched = []string{file}
	}
	library, libraryErr := ort.Load(ort.Device{})
	if libraryErr == nil {
		d.Library = &library
		d.Devices = append(d.Devices, "cpu")
	}
	if cuda, err := ort.CheckCUDA(); err != nil {
		d.CUDA = err.Error()
	} else {
		d.CUDA = cuda
		d.Devices = append(d.Devices, "cuda")
	}
	for _, entry := range backbone.Catalogue() {
		state, err := look(entry)
		if err != nil {
			return err
		}
		d.Backbones = append(d.Backbones, backboneState{entry.Name, entry.Source, state, remedyFor(entry)})
	}
	_, backboneErr := backbone.Resolve(backbone.Auto)
	folder, err := storeFolder(o.store)
	if err != nil {
		return err
	}
	d.Store.Path = folder
	if d.Store.Bytes, err = folderBytes(folder); err != nil {
		return err
	}
	if o.json {
		err = t.json(d)
	} else {
		err = t.table(d.rows())
	}
	if err != nil {
		return err
	}
	switch {
	case libraryErr != nil && backboneErr != nil:
		t.fail(backboneErr)
		return libraryErr
	case libraryErr != nil:
		return libraryErr
	default:
		return backboneErr
	}
}

func (d *diagnosis) rows() [][]string {
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
			if os.Getenv(ort.LibraryVariable) != "" {
				title = "searched, as $" + ort.LibraryVariable + " says"
			}
		}
		rows = append(rows, []string{title, folder})
	}
	for _, b := range d.Backbones {
		state := "not installed; " + b.remedy + " brings it"
		switch {
		case b.Installed:
			state = "installed"
		case b.Damaged:
			state = "damaged; " + b.remedy + " brings it anew"
		case b.Unreadable != "":
			state = "unreadable: " + b.Unreadable
		}
		rows = append(rows, []string{"backbone " + b.Name, state, b.Path})
	}
	return append(rows, []string{"store", megabytes(d.Store.Bytes), d.Store.Path})
}

// remedyFor names the command that brings a backbone of the catalogue.
func remedyFor(entry backbone.Entry) string {
	if entry.Download == nil {
		return "make setup in headstart's source folder"
	}
	return "headstart backbones pull " + entry.Name
}

func folderBytes(folder string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum, err
}
