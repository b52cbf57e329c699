package headstart

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Inputs that an exported model can take.
const (
	Uint8Image = fusedmodel.Bytes  // uint8 [N, height, width, 3], 0 to 255, scaled and cropped
	FloatImage = fusedmodel.Floats // float32 [N, 3, height, width], 0 to 255, likewise
	PhotoImage = fusedmodel.Photo  // uint8 [1, height, width, 3], 0 to 255, a whole picture
)

// ExportInputs are those that ExportOptions.Input may name.
func ExportInputs() []string { return []string{Uint8Image, FloatImage, PhotoImage} }

// classesKey is the entry of an exported model's metadata that names its classes.
const classesKey = "headstart.classes"

// ExportOptions says how to export a model. The zero value is a good choice.
type ExportOptions struct {
	// Input is one of ExportInputs. Empty means Uint8Image, or PhotoImage for a head
	// of both views, which no other suits.
	Input string
	// Check are images that the model is tried on before it is written, at most
	// 32 of them. Without any it is tried on generated pictures.
	Check []dataset.Sample
}

// ExportReport tells what was exported.
type ExportReport struct {
	Model      string       `json:"model"`       // its file
	Labels     string       `json:"labels"`      // the file of class names beside it, one a line
	Sidecar    string       `json:"description"` // the JSON file beside it that describes it
	Verified   int          `json:"verified"`
	Difference float64      `json:"largest_difference"` // between probabilities, and unknown scores
	Unreadable []Unreadable `json:"-"`                  // of the images to check on
}

// Export writes backbone and head as one ONNX model to the file at path,
// atomically, with the class names in a text file and a description in a JSON file
// beside it.
//
// The model takes "image", pixels that were resized and cropped as the metadata
// entry headstart.preprocessing says, or a whole picture, and gives "probabilities",
// "embedding" and "unknown": above headstart.unknown_threshold, the image is likely of
// none of the classes headstart.classes. Before it is put in place it is run on some
// images and must give the probabilities that Classify gives, within 1e-4. If
// none of them can be read, the error is a [*NothingReadError], and the report
// lists them.
func (c *Classifier) Export(ctx context.Context, path string, o ExportOptions) (*ExportReport, error) {
	var err error
	if o.Input, err = c.exportInput(o.Input); err != nil {
		return nil, err
	}
	labels := labelsPath(path)
	for _, class := range c.Classes() {
		if strings.ContainsAny(class, "\r\n") {
			return nil, fmt.Errorf("class %q contains a line break and cannot be listed in %s", class, labels)
		}
	}
	if err := CheckOutput(ModelFile, path); err != nil {
		return nil, err
	}
	report := &ExportReport{Model: path, Labels: labels, Sidecar: sidecarPath(path)}
	check := c.exportCheck(o.Input)
	pictures, err := check.pictures(ctx, o.Check, report)
	if err != nil {
		return report, err
	}
	data, err := c.fuse(o.Input)
	if err != nil {
		return nil, fmt.Errorf("cannot join head %s and backbone %s: %w", c.file(), c.backbone.Path, err)
	}
	model, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return nil, &OutputError{"model", path, err}
	}
	defer model.Close()
	if _, err := model.Write(data); err != nil {
		return nil, &OutputError{"model", path, err}
	}
	if report.Difference, err = check.run(ctx, model.TempName(), pictures); err != nil {
		return nil, err
	}
	if err := c.writeBeside(path, o.Input); err != nil {
		return nil, err
	}
	if err := model.Commit(); err != nil {
		return nil, &OutputError{"model", path, err}
	}
	return report, nil
}

// exportInput returns the input that is meant, if the model can have it.
func (c *Classifier) exportInput(input string) (string, error) {
	both := c.backbone.Preprocessing.View == imageio.BothViews
	switch {
	case input == "" && both:
		return PhotoImage, nil
	case input == "":
		return Uint8Image, nil
	case !slices.Contains(ExportInputs(), input):
		return "", fmt.Errorf("input %q is not one of %s", input, strings.Join(ExportInputs(), ", "))
	case both && input != PhotoImage:
		return "", fmt.Errorf("input %s is one square, and the head needs two views of a picture: only a model that takes the whole picture, with input %s, can make them", input, PhotoImage)
	}
	return input, nil
}

// fuse returns the content of the model's file.
func (c *Classifier) fuse(layout string) ([]byte, error) {
	b, meta := c.backbone, c.head.Meta
	content, err := b.Read()
	if err != nil {
		return nil, err
	}
	backboneModel, err := onnxgraph.Parse(content)
	if err != nil {
		return nil, err
	}
	data, err := c.head.Marshal()
	if err != nil {
		return nil, err
	}
	headModel, err := onnxgraph.Parse(data)
	if err != nil {
		return nil, err
	}
	p := b.Preprocessing
	headPart := fusedmodel.Part{Model: headModel, Input: headModel.Inputs()[0].Name, Output: fusedmodel.Probabilities}
	metadata := map[string]any{
		"headstart.version":  Version(),
		classesKey:           meta.Classes,
		"headstart.backbone": meta.Backbone,
	}
	if layout != PhotoImage {
		metadata[backbone.PreprocessingKey] = imagePreprocessing(layout, p)
	}
	if meta.Unknown != nil {
		headPart.Unknown = fusedmodel.Unknown
		metadata["headstart.unknown_threshold"] = meta.Unknown.Threshold
	}
	whole, err := fusedmodel.Join(layout,
		fusedmodel.Normalisation{
			Side: p.Crop, Mean: p.Mean, Std: p.Std,
			NHWC: p.Layout == "NHWC", Bytes: p.Type == "uint8", OneAtATime: b.OneAtATime,
			Views: viewsOf(p), Cubic: p.Filter == "bicubic",
		},
		fusedmodel.Part{Model: backboneModel, Input: b.Input.Name, Output: b.Output.Name},
		headPart, metadata)
	if err != nil {
		return nil, err
	}
	return whole.Marshal()
}

// viewsOf are the views of a picture that a model makes itself.
func viewsOf(p imageio.Preprocessing) []fusedmodel.View {
	var views []fusedmodel.View
	for _, view := range p.EachView() {
		views = append(views, fusedmodel.View{Resize: view.Resize, Whole: view.View == imageio.SquareView})
	}
	return views
}

// imagePreprocessing is what remains to be done before the model: all but the
// normalisation.
func imagePreprocessing(layout string, p imageio.Preprocessing) imageio.Preprocessing {
	p.Mean, p.Std = [3]float32{}, [3]float32{1, 1, 1}
	p.Layout, p.Type = "NHWC", "uint8"
	if layout == FloatImage {
		p.Layout, p.Type = "NCHW", "float32"
	}
	return p
}
