package onnxgraph

import (
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Header is what a model says of itself apart from its graph.
type Header struct {
	IRVersion int64
	Producer  string            // the program that wrote it
	Graph     string            // name of the graph
	Opsets    map[string]int64  // version of the operators by domain; ONNX's own domain is ""
	Metadata  map[string]string // nil if there is none
}

// Header returns what the model says of itself.
func (m *Model) Header() Header {
	h := Header{
		IRVersion: m.pb.GetIrVersion(), Producer: m.pb.GetProducerName(), Graph: m.pb.Graph.GetName(),
		Opsets: make(map[string]int64),
	}
	for _, id := range m.pb.OpsetImport {
		h.Opsets[domain(id)] = id.GetVersion()
	}
	for _, entry := range slices.Backward(m.pb.MetadataProps) { // the first of a key counts
		if h.Metadata == nil {
			h.Metadata = make(map[string]string)
		}
		h.Metadata[entry.GetKey()] = entry.GetValue()
	}
	return h
}

// Node is an operator of the graph, with the names of the values it takes and
// makes.
type Node struct {
	Domain          string // "" for ONNX's own operators
	Operator        string
	Inputs, Outputs []string
	Stride          int64 // of its window, 1 if it has none
	Inner           bool  // it calls a function or has graphs inside, such as If
}

// Nodes returns the graph's operators in the order in which they run, without
// those inside of functions and branches. The names belong to the model.
func (m *Model) Nodes() []Node {
	nodes := make([]Node, len(m.pb.Graph.Node))
	functions := m.functions()
	for i, node := range m.pb.Graph.Node {
		nodes[i] = Node{domain(node), node.GetOpType(), node.Input, node.Output, stride(node), len(subgraphs(node)) > 0 || functions[calleeOf(node)] != nil}
	}
	return nodes
}

// stride returns the first of a node's strides.
func stride(node *onnxpb.NodeProto) int64 {
	if i := attributeIndex(node, "strides"); i >= 0 && len(node.Attribute[i].Ints) > 0 {
		return max(1, node.Attribute[i].Ints[0])
	}
	return 1
}

// Initializers returns name, element type and shape of the graph's constant
// tensors.
func (m *Model) Initializers() []Value {
	var values []Value
	for _, t := range m.pb.Graph.Initializer {
		v := Value{Name: t.GetName(), Type: ElementType(t.GetDataType())}
		for _, size := range t.Dims {
			v.Shape = append(v.Shape, Dim{Size: size})
		}
		values = append(values, v)
	}
	return values
}

// ExternalTensor returns the name of a tensor whose values are in another file,
// if there is one.
func (m *Model) ExternalTensor() (name string, found bool) {
	for _, t := range m.tensors() {
		if t.GetDataLocation() == onnxpb.TensorProto_EXTERNAL {
			return t.GetName(), true
		}
	}
	return "", false
}
