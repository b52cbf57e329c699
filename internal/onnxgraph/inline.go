package onnxgraph

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// From IR version 4 on, initializers need not be listed among the inputs: ONNX
// Runtime treats one that is listed as a default that callers may override, and
// optimises less.
const irOfFreeInitializers = 4

// InlineConstants turns Constant nodes into initializers and removes
// initializers from the graph's inputs. Other optimisations, such as folding
// batch norms into convolutions, are left to ONNX Runtime.
func (m *Model) InlineConstants() {
	g := m.pb.Graph
	g.Node = slices.DeleteFunc(g.Node, func(node *onnxpb.NodeProto) bool {
		t := constantTensor(node)
		if t == nil {
			return false
		}
		t.Name = proto.String(node.Output[0])
		g.Initializer = append(g.Initializer, t)
		return true
	})
	given := setOf(constants(g))
	g.Input = slices.DeleteFunc(g.Input, func(info *onnxpb.ValueInfoProto) bool { return given[info.GetName()] })
	m.pb.IrVersion = proto.Int64(max(m.pb.GetIrVersion(), irOfFreeInitializers))
}

// constantTensor returns the tensor of a Constant node, or nil.
func constantTensor(node *onnxpb.NodeProto) *onnxpb.TensorProto {
	if node.GetOpType() != "Constant" || domain(node) != "" || len(node.Output) != 1 || node.Output[0] == "" || len(node.Attribute) != 1 {
		return nil
	}
	switch a := node.Attribute[0]; a.GetName() {
	case "value":
		return a.GetT()
	case "value_float", "value_floats", "value_int", "value_ints":
		return attributeTensor(a)
	}
	return nil
}

// attributeTensor returns an attribute's number or numbers as a tensor, or nil
// where it holds something else.
func attributeTensor(a *onnxpb.AttributeProto) *onnxpb.TensorProto {
	t, kind := new(onnxpb.TensorProto), onnxpb.TensorProto_FLOAT
	switch a.GetType() {
	case onnxpb.AttributeProto_FLOAT:
		t.FloatData = []float32{a.GetF()}
	case onnxpb.AttributeProto_FLOATS:
		t.FloatData = a.GetFloats()
		t.Dims = []int64{int64(len(a.GetFloats()))}
	case onnxpb.AttributeProto_INT:
		kind, t.Int64Data = onnxpb.TensorProto_INT64, []int64{a.GetI()}
	case onnxpb.AttributeProto_INTS:
		kind, t.Int64Data = onnxpb.TensorProto_INT64, a.GetInts()
		t.Dims = []int64{int64(len(a.GetInts()))}
	default:
		return nil
	}
	t.DataType = proto.Int32(int32(kind))
	return t
}
