package onnxgraph

import (
	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Probe returns a model that computes the named values of m for inputs of one
// fixed shape, so that ONNX Runtime infers their types and shapes. It shares m's
// nodes and weights.
func (m *Model) Probe(input string, shape []int64, values ...string) *Model {
	g := m.pb.Graph
	probe := &onnxpb.GraphProto{
		Name: g.Name, Node: g.Node,
		Initializer: g.Initializer, SparseInitializer: g.SparseInitializer,
	}
	for _, info := range g.Input {
		if v := fromInfo(info); v.Name == input {
			v.Shape = nil
			for _, size := range shape {
				v.Shape = append(v.Shape, Dim{Size: size})
			}
			info = v.info()
		}
		probe.Input = append(probe.Input, info)
	}
	for _, name := range values {
		probe.Output = append(probe.Output, &onnxpb.ValueInfoProto{Name: proto.String(name)})
	}
	return &Model{&onnxpb.ModelProto{
		IrVersion: m.pb.IrVersion, OpsetImport: m.pb.OpsetImport,
		Functions: m.pb.Functions, Graph: probe,
	}}
}
