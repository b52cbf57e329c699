package onnxgraph

import (
	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// The versions that New writes; ONNX Runtime 1.7 and newer run them.
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
	m.pb.Graph.Input = append(m.pb.Graph.Input, v.info())
}

// AddOutput adds an output to the graph.
func (m *Model) AddOutput(v Value) {
	m.pb.Graph.Output = append(m.pb.Graph.Output, v.info())
}

// SetOutput makes v the graph's only output.
func (m *Model) SetOutput(v Value) {
	m.pb.Graph.Output = []*onnxpb.ValueInfoProto{v.info()}
}

// AddNode appends an operator and names it after its first output. The nodes
// that make its inputs must have been added before.
func (m *Model) AddNode(op string, inputs, outputs []string, attributes ...Attribute) {
	node := &onnxpb.NodeProto{
		OpType: proto.String(op),
		Name:   proto.String(outputs[0]),
		Input:  inputs,
		Output: outputs,
	}
	for _, a := range attributes {
		node.Attribute = append(node.Attribute, a.pb)
	}
	m.pb.Graph.Node = append(m.pb.Graph.Node, node)
}

// An Attribute is a named setting of an operator, made by Int or Ints.
type Attribute struct{ pb *onnxpb.AttributeProto }

// Int returns an attribute that is one integer.
func Int(name string, value int64) Attribute {
	return Attribute{&onnxpb.AttributeProto{
		Name: proto.String(name),
		Type: onnxpb.AttributeProto_INT.Enum(),
		I:    proto.Int64(value),
	}}
}

// Ints returns an attribute that is a list of integers.
func Ints(name string, values ...int64) Attribute {
	return Attribute{&onnxpb.AttributeProto{
		Name: proto.String(name),
		Type: onnxpb.AttributeProto_INTS.Enum(),
		Ints: values,
	}}
}
