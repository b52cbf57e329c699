package onnxgraph

import (
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// FreeBatch makes the batch size variable: the first dimension of inputs and
// outputs becomes N, and Reshapes to the fixed batch size leave it open. Recorded
// shapes of inner values are removed, since they would contradict this.
//
// Only a run can show whether the model then treats each image independently.
// Constants must be initializers, as InlineConstants leaves them.
func (m *Model) FreeBatch() {
	for _, v := range m.Inputs() {
		if len(v.Shape) > 0 && v.Shape[0].Size > 0 {
			m.freeReshapes(v.Name, v.Shape[0].Size)
		}
	}
	m.setBatch(Dim{Size: -1, Name: "N"})
}

// FixBatch makes the batch size a fixed number.
func (m *Model) FixBatch(batch int64) {
	m.setBatch(Dim{Size: batch})
}

// setBatch sets the first dimension of all inputs and outputs.
func (m *Model) setBatch(to Dim) {
	g := m.pb.Graph
	for _, info := range slices.Concat(g.Input, g.Output) {
		if dims := info.GetType().GetTensorType().GetShape().GetDim(); len(dims) > 0 {
			dims[0] = to.proto()
		}
	}
	g.ValueInfo = nil
}

// freeReshapes rewrites target shapes that begin with the batch size, for values
// that depend on the input: weights may be reshaped too. Each Reshape gets its own
// shape, since the constant may have other uses.
func (m *Model) freeReshapes(input string, batch int64) {
	g := m.pb.Graph
	shapes := make(map[string][]int64)
	names := namesOf(g)
	for _, t := range g.Initializer {
		if values, ok := integers(t); ok {
			shapes[t.GetName()] = values
		}
	}
	reached := map[string]bool{input: true}
	for _, node := range g.Node {
		if !slices.ContainsFunc(uses(node), func(name string) bool { return reached[name] }) {
			continue
		}
		for _, name := range node.Output {
			reached[name] = true
		}
		if node.GetOpType() != "Reshape" || domain(node) != "" || len(node.Input) != 2 {
			continue
		}
		shape, ok := openShape(shapes[node.Input[1]], batch)
		if !ok {
			continue
		}
		name := names.free(node.Output[0] + "/" + node.Input[1])
		g.Initializer = append(g.Initializer, &onnxpb.TensorProto{
			Name: proto.String(name), DataType: proto.Int32(int32(onnxpb.TensorProto_INT64)),
			Dims: []int64{int64(len(shape))}, Int64Data: shape,
		})
		node.Input[1] = name
	}
}

// openShape returns a Reshape's target with its first dimension open: -1, inferred
// from the number of elements, or if another dimension is -1 already 0, copied
// from the input.
func openShape(shape []int64, batch int64) (open []int64, ok bool) {
	if len(shape) < 2 || shape[0] != batch {
		return nil, false
	}
	open = append([]int64{-1}, shape[1:]...)
	for _, d := range shape[1:] {
		if d == -1 {
			open[0] = 0
		}
	}
	return open, true
}

// integers returns the values of a small int64 vector.
func integers(t *onnxpb.TensorProto) (values []int64, ok bool) {
	if t.GetDataType() != int32(onnxpb.TensorProto_INT64) || len(t.Dims) != 1 || t.Dims[0] > 16 {
		return nil, false
	}
	values = t.Int64Data
	if len(t.RawData) > 0 {
		values = make([]int64, len(t.RawData)/8)
		_, _ = binary.Decode(t.RawData, binary.LittleEndian, values) // which fills them all
	}
	return values, int64(len(values)) == t.Dims[0]
}
