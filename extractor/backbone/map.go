package backbone

import (
	"errors"
	"fmt"
	"math"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
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
