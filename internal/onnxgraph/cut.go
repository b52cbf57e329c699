package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Cut makes the named values the graph's outputs, in this order, and removes
// every node, initializer, input and recorded shape that they do not need. Names
// stay as they are. An output whose type and shape the graph does not record gets
// none: ONNX Runtime infers them when it loads the model.
func (m *Model) Cut(outputs ...string) error {
	g := m.pb.Graph
	infos := make([]*onnxpb.ValueInfoProto, len(outputs))
	for i, name := range outputs {
		info, err := m.lookUp(name)
		if err != nil {
			return err
		}
		infos[i] = info
	}
	needed := m.needed(outputs)
	g.Node = slices.DeleteFunc(g.Node, func(node *onnxpb.NodeProto) bool {
		return !slices.ContainsFunc(node.GetOutput(), func(name string) bool { return needed[name] })
	})
	unneeded := func(name string) bool { return !needed[name] }
	g.Initializer = slices.DeleteFunc(g.Initializer, func(t *onnxpb.TensorProto) bool { return unneeded(t.GetName()) })
	g.SparseInitializer = slices.DeleteFunc(g.SparseInitializer, func(t *onnxpb.SparseTensorProto) bool {
		return unneeded(t.GetValues().GetName())
	})
	g.Input = slices.DeleteFunc(g.Input, func(info *onnxpb.ValueInfoProto) bool { return unneeded(info.GetName()) })
	g.ValueInfo = slices.DeleteFunc(g.ValueInfo, func(info *onnxpb.ValueInfoProto) bool {
		return unneeded(info.GetName()) || slices.Contains(outputs, info.GetName())
	})
	g.QuantizationAnnotation = slices.DeleteFunc(g.QuantizationAnnotation, func(a *onnxpb.TensorAnnotation) bool {
		return unneeded(a.GetTensorName())
	})
	g.Output = infos
	return nil
}

// needed returns the names of the outputs and of all values that they are computed
// from, including unused outputs of the nodes in between.
func (m *Model) needed(outputs []string) map[string]bool {
	makers := m.makers()
	needed := make(map[string]bool)
	open := slices.Clone(outputs)
	for len(open) > 0 {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		if needed[name] {
			continue
		}
		needed[name] = true
		if node := makers[name]; node != nil {
			open = append(open, uses(node)...)
			for _, other := range node.GetOutput() {
				needed[other] = true
			}
		}
	}
	return needed
}

// Needs reports whether a value is computed from another one, or is that itself.
func (m *Model) Needs(value, other string) bool { return m.needed([]string{value})[other] }

// makers returns the node that makes each value.
func (m *Model) makers() map[string]*onnxpb.NodeProto {
	makers := make(map[string]*onnxpb.NodeProto)
	for _, node := range m.pb.Graph.Node {
		for _, name := range node.GetOutput() {
			if name != "" { // an omitted output
				makers[name] = node
			}
		}
	}
	return makers
}

// lookUp returns what the graph records of a value, at least its name.
func (m *Model) lookUp(name string) (*onnxpb.ValueInfoProto, error) {
	g := m.pb.Graph
	for _, infos := range [][]*onnxpb.ValueInfoProto{g.Output, g.ValueInfo, g.Input} {
		for _, info := range infos {
			if info.GetName() == name {
				return info, nil
			}
		}
	}
	if m.makers()[name] == nil {
		return nil, fmt.Errorf("the graph has no value named %q", name)
	}
	return &onnxpb.ValueInfoProto{Name: proto.String(name)}, nil
}

// MadeBy returns the type of the operator that computes a value, or "".
func (m *Model) MadeBy(value string) string { return m.makers()[value].GetOpType() }

// Uses reports whether the graph has a value of this name.
func (m *Model) Uses(name string) bool {
	return allNames(m.pb.Graph)[name]
}

// Rename renames a value everywhere. It returns an error if there is no such value
// or the new name is taken.
func (m *Model) Rename(from, to string) error {
	if from == to {
		return nil
	}
	names := allNames(m.pb.Graph)
	switch {
	case !names[from]:
		return fmt.Errorf("the graph has no value named %q", from)
	case names[to]:
		return fmt.Errorf("the graph already has a value named %q", to)
	}
	rename(m.pb.Graph, map[string]string{from: to})
	return nil
}

// Copy returns a copy of the model that shares its weights.
func (m *Model) Copy() *Model {
	weights := m.pb.Graph.Initializer
	m.pb.Graph.Initializer = nil
	copied := proto.CloneOf(m.pb)
	m.pb.Graph.Initializer = weights
	copied.Graph.Initializer = slices.Clone(weights)
	return &Model{copied}
}
