package onnxgraph

import (
	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// The versions that New writes. ONNX Runtime 1.7 and everything newer runs them.
const (
	irVersion = 7
	opset     = 13
)

// New returns a model whose graph is empty, with the operators of opset 13.
func New(name string) *Model {
	return &Model{&onnxpb.ModelProto{
		IrVersion:    proto.Int64(irVersion),
		ProducerName: proto.String("headstart"),
		OpsetImport:  []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(opset)}},
		Graph:        &onnxpb.GraphProto{Name: proto.String(name)},
	}}
}

// AddInput adds an input to the graph.
func (m *Model) AddInput(v Value) {
	m.Proto.Graph.Input = append(m.Proto.Graph.Input, v.info())
}

// AddOutput adds an output to the graph.
func (m *Model) AddOutput(v Value) {
	m.Proto.Graph.Output = append(m.Proto.Graph.Output, v.info())
}

// AddNode adds an operator, named after its first output, behind those whose
// outputs it takes.
func (m *Model) AddNode(op string, inputs, outputs []string, attributes ...*onnxpb.AttributeProto) {
	m.Proto.Graph.Node = append(m.Proto.Graph.Node, &onnxpb.NodeProto{
		OpType:    proto.String(op),
		Name:      proto.String(outputs[0]),
		Input:     inputs,
		Output:    outputs,
		Attribute: attributes,
	})
}

// Int returns an attribute that is one integer.
func Int(name string, value int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name),
		Type: onnxpb.AttributeProto_INT.Enum(),
		I:    proto.Int64(value),
	}
}

// Ints returns an attribute that is a list of integers.
func Ints(name string, values ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name),
		Type: onnxpb.AttributeProto_INTS.Enum(),
		Ints: values,
	}
}
