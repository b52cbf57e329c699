package onnxgraph

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// Infer makes batch norms and dropouts that are written for training work as in
// inference: a batch norm uses the mean and variance that it has gathered, and a
// dropout drops nothing. It returns how many operators changed, without dropouts
// whose training input is the constant false. One whose training results other
// operators use stays; outputs that are such results are
// removed, beside others.
func (m *Model) Infer() (changed int) {
	used := make(map[string]bool)
	m.dropStatistics()
	for _, output := range m.pb.Graph.Output {
		used[output.GetName()] = true
	}
	for _, node := range m.pb.Graph.Node {
		for _, name := range uses(node) {
			used[name] = true
		}
	}
	never := make(map[string]bool) // constants that are false
	for _, t := range m.pb.Graph.Initializer {
		never[t.GetName()] = t.GetDataType() == int32(onnxpb.TensorProto_BOOL) && isZero(t)
	}
	for _, node := range m.pb.Graph.Node {
		if domain(node) != "" {
			continue
		}
		switch node.GetOpType() {
		case "BatchNormalization":
			if inferNorm(node, used) {
				changed++
			}
		case "Dropout":
			if len(node.Input) > 2 && node.Input[2] != "" && !never[node.Input[2]] {
				node.Input = node.Input[:2]
				changed++
			}
		}
	}
	return changed
}

// dropStatistics removes outputs that are what batch norms compute for training,
// if there are others.
func (m *Model) dropStatistics() {
	makers := m.makers()
	outputs := slices.DeleteFunc(slices.Clone(m.pb.Graph.Output), func(output *onnxpb.ValueInfoProto) bool {
		node := makers[output.GetName()]
		return node.GetOpType() == "BatchNormalization" && node.Output[0] != output.GetName()
	})
	if len(outputs) > 0 {
		m.pb.Graph.Output = outputs
	}
}

// inferNorm drops what a batch norm computes for training: since opset 14 an
// attribute asks for it, before that the outputs do.
func inferNorm(node *onnxpb.NodeProto, used map[string]bool) (changed bool) {
	if slices.ContainsFunc(node.Output[1:], func(name string) bool { return used[name] }) {
		return false
	}
	changed = slices.ContainsFunc(node.Output[1:], func(name string) bool { return name != "" })
	node.Output = node.Output[:1]
	if i := attributeIndex(node, "training_mode"); i >= 0 {
		changed = changed || node.Attribute[i].GetI() != 0
		node.Attribute = slices.Delete(node.Attribute, i, i+1)
	}
	return changed
}

// isZero reports whether a tensor has one value, and that is 0.
func isZero(t *onnxpb.TensorProto) bool {
	if len(t.RawData) > 0 {
		return len(t.RawData) == 1 && t.RawData[0] == 0
	}
	return len(t.Int32Data) == 1 && t.Int32Data[0] == 0
}

// irOf lists the IR version that came with an opset, by the first opset that needs
// it, newest first, after the table of versions in onnx.helper.
var irOf = []struct{ opset, ir int64 }{
	{28, 14}, {25, 13}, {24, 12}, {23, 11}, {21, 10}, {19, 9}, {15, 8}, {12, 7}, {11, 6}, {10, 5}, {0, irOfFreeInitializers},
}

// LowerIR makes the IR version no newer than the opset needs, so that older
// runtimes read the file. What only newer versions have and inference does not
// need, such as an exporter's notes on each operator, is removed. Models with
// functions or types of newer versions stay as they are.
func (m *Model) LowerIR() {
	if len(m.pb.Functions) > 0 || m.hasNewTypes() {
		return
	}
	ir := int64(irOfFreeInitializers)
	for _, id := range m.pb.OpsetImport {
		for _, row := range irOf {
			if domain(id) == "" && id.GetVersion() >= row.opset {
				ir = max(ir, row.ir)
				break
			}
		}
	}
	if m.pb.GetIrVersion() <= ir {
		return
	}
	m.pb.IrVersion = proto.Int64(ir)
	m.pb.Configuration = nil
	stripNotes(m.pb.Graph)
}

// hasNewTypes reports whether a tensor has a type that came with IR version 9 or
// later.
func (m *Model) hasNewTypes() bool {
	newer := func(kind int32) bool { return kind > int32(onnxpb.TensorProto_BFLOAT16) }
	for _, t := range m.tensors() {
		if newer(t.GetDataType()) {
			return true
		}
	}
	for _, node := range m.pb.Graph.Node {
		for _, a := range node.Attribute {
			if (a.GetName() == "to" || a.GetName() == "dtype" || a.GetName() == "output_dtype") && newer(int32(a.GetI())) {
				return true
			}
		}
	}
	return false
}

func stripNotes(g *onnxpb.GraphProto) {
	g.MetadataProps = nil
	for _, info := range slices.Concat(g.Input, g.Output, g.ValueInfo) {
		info.MetadataProps = nil
	}
	for _, t := range g.Initializer {
		t.MetadataProps = nil
	}
	for _, node := range g.Node {
		node.MetadataProps, node.DeviceConfigurations = nil, nil
		for _, inner := range subgraphs(node) {
			stripNotes(inner)
		}
	}
}
