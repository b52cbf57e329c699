package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// TakeFloats makes an input of another type take float32 of the same shape, under
// the same name. Values for an input of integers are rounded and must not be
// negative.
func (m *Model) TakeFloats(input string) error {
	g := m.pb.Graph
	i := slices.IndexFunc(g.Input, func(info *onnxpb.ValueInfoProto) bool { return info.GetName() == input })
	if i < 0 {
		return fmt.Errorf("the graph has no input %q", input)
	}
	tensor := g.Input[i].GetType().GetTensorType()
	if tensor == nil {
		return fmt.Errorf("input %q is not a tensor", input)
	}
	to := onnxpb.TensorProto_DataType(tensor.GetElemType())
	if to == onnxpb.TensorProto_FLOAT {
		return nil
	}
	inner := m.FreeName(input + "_" + to.String())
	rename(g, map[string]string{input: inner})
	g.Input[i].Name = proto.String(input)
	tensor.ElemType = proto.Int32(int32(onnxpb.TensorProto_FLOAT))

	behind := g.Node
	g.Node = nil
	from := input
	if to != onnxpb.TensorProto_FLOAT16 { // Cast truncates
		half := m.FreeName(input + "_half")
		m.AddFloats(half, []float32{0.5})
		from = m.FreeName(input + "_rounded")
		m.AddNode("Add", []string{input, half}, []string{from})
	}
	m.AddNode("Cast", []string{from}, []string{inner}, Int("to", int64(to)))
	g.Node = append(g.Node, behind...)
	return nil
}

// GiveFloats appends a Cast of a value to float32 and returns the new value.
func (m *Model) GiveFloats(value string) string {
	return m.apply("Cast", value, "_float32", Int("to", int64(Float32)))
}

// AveragePositions appends the mean over all positions to a value of shape
// [N, C, H, W] and returns the new one, [N, C, 1, 1].
func (m *Model) AveragePositions(value string) string {
	return m.apply("GlobalAveragePool", value, "_mean")
}

// Average appends the mean of values of the same shape and returns the new one.
func (m *Model) Average(values ...string) string {
	output := m.FreeName(values[0] + "_mean")
	m.AddNode("Mean", values, []string{output})
	return output
}

// Flatten appends a Flatten to one row for each index of the first dimension, and
// returns the new value, [N, C].
func (m *Model) Flatten(value string) string {
	return m.apply("Flatten", value, "_flat", Int("axis", 1))
}

// apply appends an operator to a value and returns the new value.
func (m *Model) apply(op, value, suffix string, attributes ...Attribute) string {
	output := m.FreeName(value + suffix)
	m.AddNode(op, []string{value}, []string{output}, attributes...)
	return output
}

// Dequantise appends a DequantizeLinear to a value of 8-bit numbers and returns
// the new value. It takes scale and zero point from the operator that computed the
// numbers, looking past operators that only move them.
func (m *Model) Dequantise(value string) (string, error) {
	node, at := m.quantiser(value)
	if node == nil {
		return "", fmt.Errorf("cannot find the scale of the 8-bit numbers in %s", value)
	}
	output := m.FreeName(value + "_dequantised")
	m.AddNode("DequantizeLinear", []string{value, node.Input[at], node.Input[at+1]}, []string{output})
	return output, nil
}

// IsQuantised reports whether a value is of 8-bit numbers that Dequantise turns back.
func (m *Model) IsQuantised(value string) bool {
	node, _ := m.quantiser(value)
	return node != nil
}

// quantiser returns the operator that computed the 8-bit numbers of a value, and
// which of its inputs is their scale; nil if there is none.
func (m *Model) quantiser(value string) (node *onnxpb.NodeProto, scale int) {
	makers := m.makers()
	for node := makers[value]; node != nil; node = makers[node.Input[0]] {
		if at, quantises := scaleOf[node.GetOpType()]; quantises && len(node.Input) > at+1 {
			return node, at
		}
		if !movesOnly[node.GetOpType()] || len(node.Input) == 0 {
			break
		}
	}
	return nil, 0
}

// scaleOf says which input of an operator is its output's scale; the zero point
// is the next.
var scaleOf = map[string]int{
	"QuantizeLinear": 1,
	"QLinearConv":    6, "QLinearMatMul": 6, "QLinearAdd": 6,
	"QLinearGlobalAveragePool": 3, "QLinearAveragePool": 3, "QLinearLeakyRelu": 3,
}

// movesOnly lists operators that copy elements of their first input.
var movesOnly = map[string]bool{
	"Flatten": true, "Reshape": true, "Squeeze": true, "Unsqueeze": true, "Transpose": true,
	"MaxPool": true, "Identity": true, "Dropout": true,
}

// FreeName returns name, with a number appended if the graph has a value of that name.
func (m *Model) FreeName(name string) string { return namesOf(m.pb.Graph).free(name) }
