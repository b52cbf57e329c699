package backbone

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// network is a model with one image input.
type network struct {
	model  *onnxgraph.Model
	input  onnxgraph.Value
	output onnxgraph.Value // the first, such as a classifier's scores
	layout string
	side   int // height and width of its image, in pixels
	batch  int // fixed batch size, or 1 if it is variable
	// What was changed so that the network can be read or run, for the user.
	changes []string

	graph  *graph
	ways   *onnxgraph.Bottlenecks // from the image
	joined map[string]string      // of outputs that several heads add up to, the mean of what these take
	found  []Candidate
}

// maxOutputs is above what any network gives for images. Each output is followed
// through the whole graph.
const maxOutputs = 128

// defaultSide is for networks that take images of any size.
const defaultSide = 224

// readNetwork loads a model with all its weights, inlines functions and constants,
// and finds the image input.
func readNetwork(path string) (*network, error) {
	model, err := onnxgraph.LoadWhole(path)
	if err != nil {
		return nil, cannotRead(path, err)
	}
	n, err := newNetwork(model)
	if err != nil {
		return nil, fmt.Errorf("cannot use backbone %s: %w", path, err)
	}
	return n, nil
}

// newNetwork changes the model.
func newNetwork(model *onnxgraph.Model) (*network, error) {
	if err := model.Validate(); err != nil {
		return nil, err
	}
	model.InlineFunctions()
	model.InlineConstants()
	if err := model.Validate(); err != nil { // bodies of functions and constants, which are new in the graph
		return nil, err
	}
	n := &network{model: model}
	if changed := model.Infer(); changed > 0 {
		n.changes = append(n.changes, wording.Count(changed, "batch norm or dropout", "batch norms and dropouts")+" written for training now as in inference")
	}
	return n, n.orient()
}

func (n *network) orient() error {
	inputs, outputs := n.model.Inputs(), n.model.Outputs()
	if len(outputs) == 0 {
		return errors.New("it has no output")
	}
	if len(outputs) > maxOutputs {
		return fmt.Errorf("it has %d outputs; at most %d are supported", len(outputs), maxOutputs)
	}
	n.output = outputs[0]
	images := slices.DeleteFunc(slices.Clone(inputs), func(v onnxgraph.Value) bool { return layoutOf(v.Shape) == "" })
	if len(images) == 0 {
		return fmt.Errorf("none of its inputs is an image, [N, 3, height, width] or [N, height, width, 3]: %s", valueList(inputs))
	}
	if len(inputs) > 1 {
		return fmt.Errorf("it has %d inputs, not one image: %s", len(inputs), valueList(inputs))
	}
	n.input = images[0]
	switch n.input.Type {
	case onnxgraph.Float32, onnxgraph.Float16, onnxgraph.Uint8:
	default:
		return fmt.Errorf("its input %s is of type %v, not float32, float16 or uint8", n.input.Name, n.input.Type)
	}
	n.layout = layoutOf(n.input.Shape)
	n.batch = int(max(1, n.input.Shape[0].Size))
	return n.measureSide()
}

// layoutOf returns the layout of an image's shape by the place of its three
// channels, or "".
func layoutOf(shape []onnxgraph.Dim) string {
	switch {
	case len(shape) != 4:
		return ""
	case shape[1].Size == 3 || shape[1].Size == -1 && shape[3].Size != 3:
		return "NCHW"
	case shape[3].Size == 3:
		return "NHWC"
	default:
		return ""
	}
}

func (n *network) measureSide() error {
	height, width := n.input.Shape[2].Size, n.input.Shape[3].Size
	if n.layout == "NHWC" {
		height, width = n.input.Shape[1].Size, n.input.Shape[2].Size
	}
	switch side := max(height, width); {
	case side == -1:
		n.side = defaultSide
	case height != width && min(height, width) != -1:
		return fmt.Errorf("it takes images of %d by %d pixels, not squares", width, height)
	default:
		n.side = int(side)
	}
	return nil
}

// imageShape is the input's shape for a batch.
func (n *network) imageShape(batch int) []int64 {
	side := int64(n.side)
	if n.layout == "NHWC" {
		return []int64{int64(batch), side, side, 3}
	}
	return []int64{int64(batch), 3, side, side}
}

// askShapes returns the outputs of an ONNX file. Tests replace it.
var askShapes = ort.Describe

// shapes asks ONNX Runtime for types and shapes of values.
func (n *network) shapes(values []string) (map[string]ort.Port, error) {
	data, err := n.model.Probe(n.input.Name, n.imageShape(n.batch), values...).Marshal()
	if err != nil {
		return nil, err
	}
	outputs, err := askShapes(data)
	if err != nil {
		return nil, err
	}
	ports := make(map[string]ort.Port)
	for _, port := range outputs {
		ports[port.Name] = port
	}
	return ports, nil
}

// withRange is torchvision's preprocessing for the network's size and layout, with
// another range of values.
func (n *network) withRange(mean, std [3]float32) imageio.Preprocessing {
	return imageio.Preprocessing{
		Resize: (n.side*256 + 112) / 224, Crop: n.side, Filter: "bilinear",
		Mean: mean, Std: std, Layout: n.layout, Type: "float32",
	}
}

func valueList(values []onnxgraph.Value) string {
	if len(values) == 0 {
		return "it has none"
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	return strings.Join(texts, ", ")
}
