package onnxgraph

import (
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// SetImageSize makes an input take images of another size: all dimensions of shape
// but the first, the batch, become the input's. Recorded shapes of inner values, and
// the outputs' batch, are removed, since they may contradict this. Only a run can show
// whether the operators take that size.
func (m *Model) SetImageSize(input string, shape []int64) {
	g := m.pb.Graph
	for _, info := range g.Input {
		dims := info.GetType().GetTensorType().GetShape().GetDim()
		if info.GetName() != input || len(dims) != len(shape) {
			continue
		}
		for i := 1; i < len(dims); i++ {
			dims[i].Value = Dim{Size: shape[i]}.proto().Value
		}
	}
	for _, info := range g.Output {
		if dims := info.GetType().GetTensorType().GetShape().GetDim(); len(dims) > 0 {
			dims[0].Value = nil
		}
	}
	g.ValueInfo = nil
}

// FixedPool finds a pooling that was written for maps of one size: of larger maps
// it would leave out, without an error, what does not fill one more of its large
// windows.
func (m *Model) FixedPool() (operator string, kernel []int64, found bool) {
	const large = 4 // networks reduce maps by windows of 2 or 3
	for _, node := range m.pb.Graph.Node {
		if op := node.GetOpType(); op != "AveragePool" && op != "MaxPool" && op != "QLinearAveragePool" {
			continue
		}
		kernel, strides := ints(node, "kernel_shape"), ints(node, "strides")
		if slices.ContainsFunc(kernel, func(size int64) bool { return size >= large }) && slices.ContainsFunc(strides, func(size int64) bool { return size > 1 }) {
			return node.GetOpType(), kernel, true
		}
	}
	return "", nil, false
}

func ints(node *onnxpb.NodeProto, attribute string) []int64 {
	if i := attributeIndex(node, attribute); i >= 0 {
		return node.Attribute[i].GetInts()
	}
	return nil
}
