// Package fusedmodel joins a backbone and a head into one ONNX model from pixels to
// probabilities, for programs that do not use headstart.
package fusedmodel

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Names of the model's input and outputs.
const (
	Image         = "image"         // levels of red, green and blue from 0 to 255
	Probabilities = "probabilities" // float32 [N, classes]
	Embedding     = "embedding"     // float32 [N, values]
	Unknown       = "unknown"       // float32 [N], if the head has an unknown score
)

// Layouts of the image input.
const (
	Bytes  = "uint8" // uint8 [N, height, width, 3], the usual layout of decoded images
	Floats = "float" // float32 [N, 3, height, width]
	Photo  = "photo" // uint8 [1, height, width, 3], a whole picture of any size
)

// Part is a model to join, with the names of its input and of the outputs to keep.
type Part struct {
	Model  *onnxgraph.Model
	Input  string
	Output string // a backbone's embedding, a head's probabilities
	// Unknown is the output for a head's unknown score, "" if there is none.
	Unknown string
}

// Normalisation says how a backbone's input is computed from pixels.
type Normalisation struct {
	Side      int        // height and width of the image
	Mean, Std [3]float32 // of red, green and blue: (level − Mean) / Std
	NHWC      bool       // the backbone takes channels last
	Bytes     bool       // the backbone takes uint8, and no Mean and Std
	// Views are the squares that Photo is made into. The embedding is the mean of
	// theirs.
	Views []View
	Cubic bool // Photo is scaled by a bicubic filter, and not by a bilinear one
	// OneAtATime says that the backbone takes no batches: N is 1.
	OneAtATime bool
}

// Join returns the model pixels → backbone → head. layout is Bytes, Floats or Photo.
// metadata replaces that of the parts; values are written as JSON unless they are
// strings. The parts are not changed.
func Join(layout string, n Normalisation, backbone, head Part, metadata map[string]any) (*onnxgraph.Model, error) {
	if n.OneAtATime && layout == Photo && len(n.Views) > 1 {
		return nil, errors.New("the backbone takes one image at a time, and a photo becomes two")
	}
	pixels, err := pixels(layout, n)
	if err != nil {
		return nil, err
	}
	whole, outputs, err := then(pixels, prepared, backbone)
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	// The embedding may have trailing dimensions of 1.
	rows := "embedding/rows"
	whole.AddNode("Flatten", []string{outputs[backbone.Output]}, []string{rows}, onnxgraph.Int("axis", 1))
	if layout == Photo && len(n.Views) > 1 {
		const mean = "embedding/mean"
		whole.AddFloats(mean+"/shares", []float32{0.5, 0.5}, 1, 2)
		whole.AddNode("MatMul", []string{mean + "/shares", rows}, []string{mean})
		rows = mean
	}
	whole.AddOutput(onnxgraph.Value{Name: rows, Type: onnxgraph.Float32, Shape: shapeOf(head.Model.Inputs(), head.Input)})
	whole, outputs, err = then(whole, rows, head)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	names := []naming{{outputs[head.Output], Probabilities}, {rows, Embedding}}
	if head.Unknown != "" {
		names = append(names, naming{outputs[head.Unknown], Unknown})
	}
	if err := finish(whole, names); err != nil {
		return nil, err
	}
	if n.OneAtATime || layout == Photo {
		whole.FixBatch(1)
	}
	whole.LowerIR()
	return whole, describe(whole, metadata)
}

// shapeOf is the shape of the value of that name, nil if there is none.
func shapeOf(values []onnxgraph.Value, name string) []onnxgraph.Dim {
	for _, v := range values {
		if v.Name == name {
			return v.Shape
		}
	}
	return nil
}

// then connects a part to an output of first and returns the new names of the
// part's outputs: a name that first uses too changes.
func then(first *onnxgraph.Model, output string, part Part) (*onnxgraph.Model, map[string]string, error) {
	whole, err := onnxgraph.Merge(first, part.Model, map[string]string{output: part.Input})
	if err != nil {
		return nil, nil, err
	}
	names := make(map[string]string)
	for i, v := range part.Model.Outputs() {
		names[v.Name] = whole.Outputs()[len(first.Outputs())+i].Name
	}
	for _, wanted := range []string{part.Output, part.Unknown} {
		if wanted != "" && names[wanted] == "" {
			return nil, nil, fmt.Errorf("it has no output %q", wanted)
		}
	}
	return whole, names, nil
}

// naming is a value's present and final name.
type naming struct{ from, to string }

// finish removes all other outputs and renames these.
func finish(whole *onnxgraph.Model, names []naming) error {
	var outputs []string
	for _, name := range names {
		outputs = append(outputs, name.from)
	}
	if err := whole.Cut(outputs...); err != nil {
		return err
	}
	for _, name := range names {
		if name.from != name.to && whole.Uses(name.to) { // a value inside a part
			if err := whole.Rename(name.to, "inner/"+name.to); err != nil {
				return err
			}
		}
		if err := whole.Rename(name.from, name.to); err != nil {
			return err
		}
	}
	return whole.Validate()
}

const prepared = "image/prepared"

// pixels returns the model from the image to the backbone's input.
func pixels(layout string, n Normalisation) (*onnxgraph.Model, error) {
	m := onnxgraph.New("pixels")
	side := onnxgraph.Dim{Size: int64(n.Side)}
	any, three := onnxgraph.Dim{Size: -1, Name: "N"}, onnxgraph.Dim{Size: 3}
	if n.OneAtATime {
		any = onnxgraph.Dim{Size: 1}
	}
	at := Image // the last value computed so far
	step := func(op string, more []string, attributes ...onnxgraph.Attribute) {
		next := Image + "/" + op
		m.AddNode(op, append([]string{at}, more...), []string{next}, attributes...)
		at = next
	}
	var last, bytes bool // channels come last, levels are uint8
	switch layout {
	case Bytes:
		last, bytes = true, true
		m.AddInput(onnxgraph.Value{Name: Image, Type: onnxgraph.Uint8, Shape: []onnxgraph.Dim{any, side, side, three}})
	case Floats:
		m.AddInput(onnxgraph.Value{Name: Image, Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{any, three, side, side}})
	case Photo:
		any = onnxgraph.Dim{Size: 1}
		height, width := onnxgraph.Dim{Size: -1, Name: "height"}, onnxgraph.Dim{Size: -1, Name: "width"}
		m.AddInput(onnxgraph.Value{Name: Image, Type: onnxgraph.Uint8, Shape: []onnxgraph.Dim{any, height, width, three}})
		at = (&resampler{m, int64(n.Side), n.Cubic}).photo(n.Views)
	default:
		return nil, fmt.Errorf("layout %q is none of %s, %s and %s", layout, Bytes, Floats, Photo)
	}
	if last != n.NHWC {
		order := []int64{0, 3, 1, 2}
		if n.NHWC {
			order = []int64{0, 2, 3, 1}
		}
		step("Transpose", nil, onnxgraph.Ints("perm", order...))
	}
	switch {
	case n.Bytes && !bytes:
		step("Round", nil)
		step("Cast", nil, onnxgraph.Int("to", int64(onnxgraph.Uint8)))
	case !n.Bytes:
		if bytes {
			step("Cast", nil, onnxgraph.Int("to", int64(onnxgraph.Float32)))
		}
		shape := []int64{1, 3, 1, 1}
		if n.NHWC {
			shape = []int64{1, 1, 1, 3}
		}
		m.AddFloats(Image+"/mean", n.Mean[:], shape...)
		m.AddFloats(Image+"/std", n.Std[:], shape...)
		step("Sub", []string{Image + "/mean"})
		step("Div", []string{Image + "/std"})
	}
	m.AddNode("Identity", []string{at}, []string{prepared})
	m.AddOutput(onnxgraph.Value{Name: prepared})
	return m, nil
}

func describe(whole *onnxgraph.Model, metadata map[string]any) error {
	whole.ClearMetadata()
	for key, value := range metadata {
		text, isText := value.(string)
		if !isText {
			data, err := json.Marshal(value)
			if err != nil {
				return fmt.Errorf("metadata %s: %w", key, err)
			}
			text = string(data)
		}
		whole.SetMetadata(key, text)
	}
	return nil
}
