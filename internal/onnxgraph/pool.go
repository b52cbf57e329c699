package onnxgraph

import (
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// MeanOver appends the mean over some dimensions, which are removed, to a value and
// returns the new one.
func (m *Model) MeanOver(value string, dimensions ...int64) string {
	output := m.FreeName(value + "_mean")
	inputs, attributes := []string{value}, []Attribute{Int("keepdims", 0)}
	if m.Header().Opsets[""] < 18 {
		attributes = append(attributes, Ints("axes", dimensions...))
	} else {
		axes := m.FreeName(output + "/axes")
		m.AddInt64s(axes, dimensions, int64(len(dimensions)))
		inputs = append(inputs, axes)
	}
	m.AddNode("ReduceMean", inputs, []string{output}, attributes...)
	return output
}

// First appends the choice of the first index of a dimension, which is removed, to a
// value and returns the new one.
func (m *Model) First(value string, dimension int64) string {
	output := m.FreeName(value + "_first")
	index := m.FreeName(output + "/index")
	m.AddInt64s(index, []int64{0})
	m.AddNode("Gather", []string{value, index}, []string{output}, Int("axis", dimension))
	return output
}

// HasHalves reports whether weights of the graph are float16.
func (m *Model) HasHalves() bool {
	return slices.ContainsFunc(m.pb.Graph.Initializer, func(t *onnxpb.TensorProto) bool { return t.GetDataType() == int32(Float16) })
}
