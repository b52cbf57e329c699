package backbone

import (
	"fmt"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// pooling is where a part of the embedding is averaged over positions.
type pooling struct{ from, to string }

// rearranges lists operators that keep all values of their first input.
var rearranges = map[string]bool{
	"Identity": true, "Dropout": true, "Flatten": true, "Reshape": true,
	"Squeeze": true, "Unsqueeze": true, "Transpose": true,
}

// averages lists operators that may average over all positions: [Mapped.Split]
// notices where they do not.
var averages = map[string]bool{"GlobalAveragePool": true, "AveragePool": true, "ReduceMean": true}

// maxParts is above the number of blocks of any backbone.
const maxParts = 256

// pooledParts looks back from an output for the poolings that it is made of, in the
// order of its columns. If there is anything else, it returns the reason why there
// are no maps.
func (g *graph) pooledParts(output string) (parts []pooling, reason string) {
	open := []string{output} // the last is looked at first
	for len(open) > 0 {
		value := open[len(open)-1]
		open = open[:len(open)-1]
		node, found := g.maker(value)
		operator := node.Operator
		if !found || len(node.Inputs) == 0 || node.Domain != "" && node.Domain != "ai.onnx" {
			operator = ""
		}
		switch {
		case operator == "Concat":
			open = append(open, node.Inputs...)
			slices.Reverse(open[len(open)-len(node.Inputs):])
		case rearranges[operator]:
			open = append(open, node.Inputs[0])
		case averages[operator]:
			parts = append(parts, pooling{node.Inputs[0], value})
		case operator == "Gather" || operator == "Slice":
			return nil, fmt.Sprintf("%s is a choice of values (%s), such as the class token of a transformer, and not a mean over places", value, operator)
		case !found:
			return nil, fmt.Sprintf("%s is not a mean over places", value)
		default:
			return nil, fmt.Sprintf("%s is computed by %s, not as a mean over places", value, node.Operator)
		}
		if len(parts)+len(open) > maxParts {
			return nil, fmt.Sprintf("it has more than %d parts", maxParts)
		}
	}
	return parts, ""
}

// measureMaps asks ONNX Runtime for the shapes of maps.
func (b Backbone) measureMaps(model *onnxgraph.Model, parts []pooling) (maps []mapColumns, reason string, err error) {
	var names []string
	for _, p := range parts {
		names = append(names, p.from, p.to)
	}
	slices.Sort(names)
	shape := slices.Clone(b.Input.Shape)
	shape[0] = 1
	data, err := model.Probe(b.Input.Name, shape, slices.Compact(names)...).Marshal()
	if err != nil {
		return nil, "", err
	}
	outputs, err := askShapes(data)
	if err != nil {
		return nil, "", err
	}
	ports := make(map[string]ort.Port)
	for _, port := range outputs {
		ports[port.Name] = port
	}
	first := 0
	for _, p := range parts {
		m, ok := mapShape(ports[p.from].Shape, ports[p.to].Shape)
		if !ok || ports[p.from].Type != "float" {
			return nil, fmt.Sprintf("%s, %s of shape %v, is not a float32 map of places in the image", p.from, ports[p.from].Type, ports[p.from].Shape), nil
		}
		m.value, m.first = p.from, first
		first += m.dim
		maps = append(maps, m)
	}
	if first != b.Dim {
		return nil, fmt.Sprintf("it averages to %d of %d values", first, b.Dim), nil
	}
	return maps, "", nil
}

// mapShape reads the shape of a map for one image, [1, C, H, W], [1, H, W, C], or
// tokens that are a square grid, [1, T, C] or [1, C, T], by the shape of its mean.
func mapShape(shape, mean []int64) (m mapColumns, ok bool) {
	if len(mean) < 2 || len(shape) != 3 && len(shape) != 4 || slices.Min(shape) < 1 || slices.Min(mean) < 1 {
		return m, false
	}
	dim := product(mean[1:])
	places := shape[2:]
	switch {
	case shape[1] == dim:
	case shape[len(shape)-1] == dim:
		m.channelsLast, places = true, shape[1:len(shape)-1]
	default:
		return m, false
	}
	if dim > maxDim || product(shape[1:]) > maxDim {
		return m, false
	}
	if len(places) == 1 {
		side := int64(math.Sqrt(float64(places[0])))
		if side*side != places[0] {
			return m, false
		}
		places = []int64{side, side}
	}
	m.dim, m.height, m.wide = int(dim), int(places[0]), int(places[1])
	return m, true
}
