package headstart

import (
	"encoding/json"
	"io"
	"path/filepath"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
)

// sidecar is the JSON file beside an exported model, for programs that cannot read
// the model's metadata, such as those in a browser. Its first field tells it from
// other files.
type sidecar struct {
	Headstart        string       `json:"headstart"` // version
	Model            string       `json:"model"`     // name of its file
	Classes          []string     `json:"classes"`   // of the probabilities, in this order
	UnknownThreshold *float64     `json:"unknown_threshold,omitempty"`
	Input            sidecarInput `json:"input"`
	Outputs          []string     `json:"outputs"`
	// Preprocessing is what the metadata entry says, nil for PhotoImage. Steps are
	// what it means, in order.
	Preprocessing *imageio.Preprocessing `json:"preprocessing,omitempty"`
	Steps         []string               `json:"steps"`
	Backbone      head.Backbone          `json:"backbone"`
}

type sidecarInput struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []any  `json:"shape"`
}

// preprocessingSteps says in words how the pixels that an exported model takes are
// made of an image file. docs/examples follow them.
func preprocessingSteps(layout, view string) []string {
	steps := []string{
		"decode; levels of 16 bits are divided by 257; grey becomes red, green and blue; embedded colour profiles are ignored",
		"turn and mirror as the Exif orientation says",
		"put a transparent image on white",
	}
	switch {
	case layout == PhotoImage:
		return append(steps, "give the whole picture, levels from 0 to 255: the model scales, crops and normalises it")
	case view == imageio.SquareView:
		steps = append(steps, "scale both sides to preprocessing.crop, whatever the picture's proportions; preprocessing.filter widens with the reduction of each side (antialiasing)")
	default:
		steps = append(steps, "scale so that the shorter side is preprocessing.resize and the longer one is resize * longer / shorter, rounded down; preprocessing.filter widens with the reduction (antialiasing)",
			"keep the square of preprocessing.crop in the centre, from round((side - crop) / 2)")
	}
	return append(steps, "give levels from 0 to 255, not normalised: the model does that")
}

// labelsPath is the file beside a model that lists its classes.
func labelsPath(model string) string {
	return strings.TrimSuffix(model, filepath.Ext(model)) + ".labels.txt"
}

// sidecarPath is the file beside a model that describes it.
func sidecarPath(model string) string {
	return strings.TrimSuffix(model, filepath.Ext(model)) + ".json"
}

// writeBeside writes the files beside a model.
func (c *Classifier) writeBeside(path, layout string) error {
	meta, p := c.head.Meta, imagePreprocessing(layout, c.backbone.Preprocessing)
	about := sidecar{
		Headstart: Version(), Model: filepath.Base(path), Classes: c.Classes(), Backbone: meta.Backbone,
		Input:         sidecarInput{Name: fusedmodel.Image, Type: p.Type, Shape: []any{"N", p.Crop, p.Crop, 3}},
		Outputs:       []string{fusedmodel.Probabilities, fusedmodel.Embedding},
		Preprocessing: &p, Steps: preprocessingSteps(layout, p.View),
	}
	switch layout {
	case FloatImage:
		about.Input.Shape = []any{"N", 3, p.Crop, p.Crop}
	case PhotoImage:
		about.Input.Shape = []any{1, "height", "width", 3}
		about.Preprocessing = nil
	}
	if c.backbone.OneAtATime {
		about.Input.Shape[0] = 1
	}
	if meta.Unknown != nil {
		threshold := float64(meta.Unknown.Threshold)
		about.UnknownThreshold = &threshold
		about.Outputs = append(about.Outputs, fusedmodel.Unknown)
	}
	text, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return err
	}
	if err := write(LabelsFile, labelsPath(path), func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(c.Classes(), "\n")+"\n")
		return err
	}); err != nil {
		return err
	}
	return write(SidecarFile, sidecarPath(path), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
