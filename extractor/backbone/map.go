package backbone

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// ErrNoMap says that a backbone's embedding is not a mean over places of the image,
// so that no place has a share of it.
var ErrNoMap = errors.New("has no map")

// NoMapError is returned by [Backbone.WithMaps]. It wraps [ErrNoMap].
type NoMapError struct {
	Backbone string
	Reason   string
}

func (e *NoMapError) Error() string {
	return fmt.Sprintf("backbone %s %v of where in an image its embedding comes from: %s", e.Backbone, ErrNoMap, e.Reason)
}

// Unwrap returns ErrNoMap.
func (e *NoMapError) Unwrap() error { return ErrNoMap }

// Mapped is a backbone whose rows hold, behind the embedding, the maps that the
// embedding is the mean of, so that one run gives both. [Mapped.Split] takes a row
// apart. Its rows are for the moment: no store should keep them.
type Mapped struct {
	Backbone
	embedding int // values of the embedding
	maps      []mapColumns
}

// mapColumns says where a map is in a row.
type mapColumns struct {
	value        string // of the graph
	first, dim   int    // the columns of the embedding that are its mean
	height, wide int    // positions
	channelsLast bool
}

func (m mapColumns) len() int { return m.dim * m.height * m.wide }

// Map is what a backbone sees at every place of an image: its mean over places is
// part of the embedding.
type Map struct {
	First, Dim    int // the columns of the embedding that it is averaged to
	Width, Height int // of the grid of places, which divides the image evenly

	values       []float32
	channelsLast bool
}

// At returns value k, below Dim, of place i, row by row.
func (m *Map) At(k, i int) float32 {
	if m.channelsLast {
		return m.values[i*m.Dim+k]
	}
	return m.values[k*m.Width*m.Height+i]
}

// WithMaps returns the backbone with the maps that its embedding is the mean of. It
// finds them before the last pooling: a global average, a mean over positions or
// over tokens, and where the embedding is several of these side by side, each of
// them. The file stays as it is. Where anything but a rearrangement follows the
// pooling, or none is there, it returns a [*NoMapError].
func (b Backbone) WithMaps() (Mapped, error) {
	data, err := b.Read()
	if err != nil {
		return Mapped{}, err
	}
	model, err := onnxgraph.Parse(data)
	if err != nil {
		return Mapped{}, err
	}
	model.InlineFunctions()
	if err := model.Validate(); err != nil {
		return Mapped{}, err
	}
	refused := func(reason string) (Mapped, error) { return Mapped{}, &NoMapError{b.Name, reason} }
	pooled, reason := newGraph(model).pooledParts(b.Output.Name)
	if reason != "" {
		return refused(reason)
	}
	maps, reason, err := b.measureMaps(model, pooled)
	if err != nil {
		return Mapped{}, err
	}
	if reason != "" {
		return refused(reason)
	}
	m := Mapped{Backbone: b, embedding: b.Dim, maps: maps}
	for _, part := range maps {
		m.values = append(m.values, part.value)
		m.Dim += part.len()
	}
	if m.Dim > maxDim {
		return refused(fmt.Sprintf("its maps have %d values, more than %d", m.Dim-b.Dim, maxDim))
	}
	m.Output = Port{mapsOutput, []int64{b.Output.Shape[0], int64(m.Dim)}}
	return m, nil
}

// mapsOutput names the one output of a backbone with maps.
const mapsOutput = "headstart.embedding_and_maps"

// addMaps makes the model of a backbone give one row: its embedding and then the
// named values.
func addMaps(data []byte, values []string) ([]byte, error) {
	model, err := onnxgraph.Parse(data)
	if err != nil {
		return nil, err
	}
	model.InlineFunctions()
	outputs := model.Outputs()
	if len(outputs) == 0 {
		return nil, errors.New("it has no output")
	}
	parts := []string{model.Flatten(outputs[0].Name)}
	for _, value := range values {
		parts = append(parts, model.Flatten(value))
	}
	model.AddNode("Concat", parts, []string{mapsOutput}, onnxgraph.Int("axis", 1))
	model.SetOutput(onnxgraph.Value{Name: mapsOutput, Type: onnxgraph.Float32})
	return model.Marshal()
}

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

// Split returns the embedding in a row and its maps, which share the row's memory.
// It returns a [*NoMapError] if the maps' mean is not the embedding.
func (m *Mapped) Split(row []float32) (embedding []float32, maps []Map, err error) {
	if len(row) != m.Dim {
		return nil, nil, fmt.Errorf("a row of %d values is not of %d", len(row), m.Dim)
	}
	embedding, rest := row[:m.embedding:m.embedding], row[m.embedding:]
	size := 0.0
	for _, v := range embedding {
		size = max(size, math.Abs(float64(v)))
	}
	for _, part := range m.maps {
		one := Map{part.first, part.dim, part.wide, part.height, rest[:part.len()], part.channelsLast}
		rest = rest[part.len():]
		for k := range one.Dim {
			sum := 0.0
			for i := range one.Width * one.Height {
				sum += float64(one.At(k, i))
			}
			mean := sum / float64(one.Width*one.Height)
			if !(math.Abs(mean-float64(embedding[one.First+k])) <= poolingError*size) {
				return nil, nil, &NoMapError{m.Name, fmt.Sprintf("the mean of %s over positions is not the embedding", part.value)}
			}
		}
		maps = append(maps, one)
	}
	return embedding, maps, nil
}

// poolingError allows for another order of summation, as a share of the largest
// value.
const poolingError = 1e-4
