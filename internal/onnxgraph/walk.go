package onnxgraph

import (
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// subgraphs returns the graphs inside a node, such as the branches of an If or
// the body of a Loop.
func subgraphs(node *onnxpb.NodeProto) (graphs []*onnxpb.GraphProto) {
	for _, a := range node.GetAttribute() {
		if a.G != nil {
			graphs = append(graphs, a.G)
		}
		graphs = append(graphs, a.Graphs...)
	}
	return graphs
}

// tensors returns every constant tensor of the model, wherever it is: in the
// graph and the graphs inside it, dense or sparse, in operators' attributes, in
// functions and in what is kept for training.
func (m *Model) tensors() []*onnxpb.TensorProto {
	var all tensorList
	all.addGraph(m.pb.Graph)
	for _, f := range m.pb.Functions {
		all.addNodes(f.Node)
		all.addAttributes(f.AttributeProto)
	}
	for _, t := range m.pb.TrainingInfo {
		all.addGraph(t.Initialization)
		all.addGraph(t.Algorithm)
	}
	return all
}

type tensorList []*onnxpb.TensorProto

func (l *tensorList) addGraph(g *onnxpb.GraphProto) { // which may be nil, as may tensors
	*l = append(*l, g.GetInitializer()...)
	l.addSparse(g.GetSparseInitializer()...)
	l.addNodes(g.GetNode())
}

func (l *tensorList) addSparse(tensors ...*onnxpb.SparseTensorProto) {
	for _, t := range tensors {
		*l = append(*l, t.GetValues(), t.GetIndices())
	}
}

func (l *tensorList) addNodes(nodes []*onnxpb.NodeProto) {
	for _, node := range nodes {
		l.addAttributes(node.Attribute)
	}
}

func (l *tensorList) addAttributes(attributes []*onnxpb.AttributeProto) {
	for _, a := range attributes {
		*l = append(append(*l, a.T), a.Tensors...)
		l.addSparse(a.SparseTensor)
		l.addSparse(a.SparseTensors...)
		l.addGraph(a.G)
		for _, g := range a.Graphs {
			l.addGraph(g)
		}
	}
}

// uses returns the names a node uses of its graph: its inputs and the names that its
// subgraphs do not define.
func uses(node *onnxpb.NodeProto) []string {
	var names []string
	for _, name := range node.GetInput() {
		if name != "" { // an omitted input
			names = append(names, name)
		}
	}
	for _, g := range subgraphs(node) {
		names = append(names, freeNames(g)...)
	}
	return names
}

// freeNames returns the names that a subgraph uses and does not define.
func freeNames(g *onnxpb.GraphProto) []string {
	var used []string
	for _, node := range g.GetNode() {
		used = append(used, uses(node)...)
	}
	for _, output := range g.GetOutput() {
		used = append(used, output.GetName())
	}
	defined := setOf(definitions(g))
	return slices.DeleteFunc(used, func(name string) bool { return defined[name] })
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool)
	for _, name := range names {
		set[name] = true
	}
	return set
}

// definitions returns the names of the values that a graph defines, with repetitions
// except for inputs with a default.
func definitions(g *onnxpb.GraphProto) []string {
	names := constants(g)
	given := setOf(names)
	for _, input := range g.GetInput() {
		if !given[input.GetName()] {
			names = append(names, input.GetName())
		}
	}
	for _, node := range g.GetNode() {
		for _, name := range node.GetOutput() {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// constants returns the names of a graph's initializers.
func constants(g *onnxpb.GraphProto) (names []string) {
	for _, t := range g.GetInitializer() {
		names = append(names, t.GetName())
	}
	for _, t := range g.GetSparseInitializer() {
		names = append(names, t.GetValues().GetName())
	}
	return names
}

// allNames returns every name of a value in a graph and its subgraphs.
func allNames(g *onnxpb.GraphProto) map[string]bool {
	names := make(map[string]bool)
	addNames(names, g)
	return names
}

func addNames(names map[string]bool, g *onnxpb.GraphProto) {
	for _, name := range definitions(g) {
		names[name] = true
	}
	for _, node := range g.GetNode() {
		for _, inner := range subgraphs(node) {
			addNames(names, inner)
		}
	}
}

// rename renames values of a graph and its subgraphs, from keys of to to values.
func rename(g *onnxpb.GraphProto, to map[string]string) {
	change := func(name *string) *string {
		if name == nil {
			return nil
		}
		if other, found := to[*name]; found {
			return &other
		}
		return name
	}
	for _, info := range slices.Concat(g.Input, g.Output, g.ValueInfo) {
		info.Name = change(info.Name)
	}
	for _, t := range g.Initializer {
		t.Name = change(t.Name)
	}
	for _, t := range g.SparseInitializer {
		if t.Values != nil {
			t.Values.Name = change(t.Values.Name)
		}
	}
	for _, annotation := range g.QuantizationAnnotation {
		annotation.TensorName = change(annotation.TensorName)
		for _, entry := range annotation.QuantParameterTensorNames {
			entry.Value = change(entry.Value)
		}
	}
	for _, node := range g.Node {
		for _, names := range [][]string{node.Input, node.Output} {
			for i := range names {
				names[i] = *change(&names[i])
			}
		}
		for _, inner := range subgraphs(node) {
			rename(inner, to)
		}
	}
}
