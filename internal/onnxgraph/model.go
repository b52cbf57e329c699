// Package onnxgraph reads, makes and edits ONNX files.
package onnxgraph

import (
	"errors"
	"fmt"
	"os"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// Model is an ONNX model in memory.
type Model struct {
	Proto *onnxpb.ModelProto
}

// Port is an input or output of a model's graph. A size that is not fixed is
// -1 in its shape.
type Port struct {
	Name  string
	Type  onnxpb.TensorProto_DataType
	Shape []int64
}

// Load reads the ONNX file at path. Errors name it.
func Load(path string) (*Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Parse reads the content of an ONNX file.
func Parse(data []byte) (*Model, error) {
	m := new(onnxpb.ModelProto)
	if err := proto.Unmarshal(data, m); err != nil {
		return nil, errors.New("not an ONNX file, or cut short")
	}
	if m.GetGraph() == nil || len(m.GetGraph().GetNode()) == 0 || m.GetIrVersion() == 0 {
		return nil, errors.New("not an ONNX file: it holds no graph")
	}
	return &Model{Proto: m}, nil
}

// Metadata returns the value of an entry of the model's metadata.
func (m *Model) Metadata(key string) (value string, found bool) {
	for _, entry := range m.Proto.GetMetadataProps() {
		if entry.GetKey() == key {
			return entry.GetValue(), true
		}
	}
	return "", false
}

// Inputs returns what a caller must feed: the graph's inputs that have no
// value of their own.
func (m *Model) Inputs() []Port {
	given := map[string]bool{}
	for _, tensor := range m.Proto.GetGraph().GetInitializer() {
		given[tensor.GetName()] = true
	}
	var inputs []Port
	for _, info := range m.Proto.GetGraph().GetInput() {
		if !given[info.GetName()] {
			inputs = append(inputs, portOf(info))
		}
	}
	return inputs
}

// Outputs returns the graph's outputs.
func (m *Model) Outputs() []Port {
	var outputs []Port
	for _, info := range m.Proto.GetGraph().GetOutput() {
		outputs = append(outputs, portOf(info))
	}
	return outputs
}

func portOf(info *onnxpb.ValueInfoProto) Port {
	tensor := info.GetType().GetTensorType()
	port := Port{Name: info.GetName(), Type: onnxpb.TensorProto_DataType(tensor.GetElemType())}
	for _, dim := range tensor.GetShape().GetDim() {
		size := int64(-1)
		if fixed, ok := dim.GetValue().(*onnxpb.TensorShapeProto_Dimension_DimValue); ok {
			size = fixed.DimValue
		}
		port.Shape = append(port.Shape, size)
	}
	return port
}
