package head

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Format is the version of the head files that this package writes, and the
// newest that it reads.
const Format = 1

// ErrNotHead says that an ONNX file is of something else than a head.
var ErrNotHead = errors.New("an ONNX file, but not a head")

// Names in the head file's graph.
const (
	metaKey      = "headstart.head"
	inputName    = "embedding"
	outputName   = "probabilities"
	logitsName   = "logits"
	weightTensor = "weight"
	biasTensor   = "bias"
)

// Write writes the head file at path, whole or not at all: an ONNX model that
// takes "embedding", float32 [N, Dim], and gives "probabilities", float32
// [N, classes], with Meta as JSON in the metadata entry "headstart.head". The
// same head gives the same bytes.
func (h *Head) Write(path string) error {
	data, err := h.marshal()
	if err == nil {
		err = atomicfile.Write(path, 0o644, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("cannot write head %s: %w", path, reason(err))
	}
	return nil
}

// Read reads a head file. What is wrong with the file is in the error, which is
// ErrNotHead for an ONNX file that never was a head.
func Read(path string) (*Head, error) {
	m, err := onnxgraph.Load(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read head %s: %w", path, reason(err))
	}
	h, err := fromModel(m)
	if err != nil {
		return nil, fmt.Errorf("cannot read head %s: %w", path, err)
	}
	return h, nil
}

// reason is what an error says besides the file's name.
func reason(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}

func (h *Head) marshal() ([]byte, error) {
	meta := h.Meta
	meta.Format = Format
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	m := onnxgraph.New("head")
	classes, dim := int64(len(h.bias)), int64(h.dim)
	m.AddInput(onnxgraph.FloatRows(inputName, dim))
	m.AddOutput(onnxgraph.FloatRows(outputName, classes))
	m.AddFloats(weightTensor, h.weight, classes, dim)
	m.AddFloats(biasTensor, h.bias, classes)
	m.AddNode("Gemm", []string{inputName, weightTensor, biasTensor}, []string{logitsName}, onnxgraph.Int("transB", 1))
	m.AddNode("Softmax", []string{logitsName}, []string{outputName}, onnxgraph.Int("axis", 1))
	m.SetMetadata(metaKey, string(text))
	return m.Marshal()
}

func fromModel(m *onnxgraph.Model) (*Head, error) {
	text, ok := m.Metadata(metaKey)
	if !ok {
		return nil, ErrNotHead
	}
	var format struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal([]byte(text), &format); err != nil {
		return nil, fmt.Errorf("metadata %s: %w", metaKey, err)
	}
	if format.Format > Format {
		return nil, fmt.Errorf("made by a newer headstart: it has format %d, this one reads up to %d", format.Format, Format)
	}
	if format.Format < 1 {
		return nil, fmt.Errorf("metadata %s: bad format %d", metaKey, format.Format)
	}
	h := new(Head)
	if err := json.Unmarshal([]byte(text), &h.Meta); err != nil {
		return nil, fmt.Errorf("metadata %s: %w", metaKey, err)
	}
	if err := h.setTensors(m); err != nil {
		return nil, err
	}
	return h, nil
}

// setTensors takes the numbers from the model, which must be those of a head
// with the classes of Meta.
func (h *Head) setTensors(m *onnxgraph.Model) error {
	weight, shape, err := m.Floats(weightTensor)
	if err != nil {
		return err
	}
	bias, biasShape, err := m.Floats(biasTensor)
	if err != nil {
		return err
	}
	classes := len(h.Meta.Classes)
	if classes < 2 {
		return ErrOneClass
	}
	if len(shape) != 2 || shape[0] != int64(classes) || shape[1] < 1 || len(biasShape) != 1 || len(bias) != classes {
		return fmt.Errorf("weights of shape %v and %v do not belong to %d classes", shape, biasShape, classes)
	}
	if !finite(weight) || !finite(bias) {
		return errors.New("weights are not finite")
	}
	h.dim, h.weight, h.bias = int(shape[1]), weight, bias
	return nil
}

func finite(values []float32) bool {
	for _, v := range values {
		if v-v != 0 {
			return false
		}
	}
	return true
}
