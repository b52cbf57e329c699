package onnxgraph

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// ElementType is the type of a tensor's elements. Its numbers are those of
// TensorProto.DataType in the file format.
type ElementType int32

// The element types that headstart works with. NoTensor is the type of a value
// that is not a dense tensor.
const (
	NoTensor = ElementType(onnxpb.TensorProto_UNDEFINED)
	Float32  = ElementType(onnxpb.TensorProto_FLOAT)
	Float64  = ElementType(onnxpb.TensorProto_DOUBLE)
	Float16  = ElementType(onnxpb.TensorProto_FLOAT16)
	Uint8    = ElementType(onnxpb.TensorProto_UINT8)
	Int8     = ElementType(onnxpb.TensorProto_INT8)
)

// String returns ONNX's name in lower case: "float", "uint8".
func (t ElementType) String() string {
	return strings.ToLower(onnxpb.TensorProto_DataType(t).String())
}

// A Value is an input or output of a graph.
type Value struct {
	Name string
	Type ElementType
	// Shape is nil if even the number of dimensions is unknown, and empty for a
	// scalar.
	Shape []Dim
}

// A Dim is one dimension of a Value.
type Dim struct {
	Size int64  // -1 if it may vary
	Name string // of a dimension that may vary, such as "N"; may be empty
}

// FloatRows returns a float32 matrix with any number of rows and the given
// number of columns.
func FloatRows(name string, columns int64) Value {
	shape := []Dim{{Size: -1, Name: "N"}, {Size: columns}}
	return Value{Name: name, Type: Float32, Shape: shape}
}

// Inputs returns the inputs a caller must give: not those with an initializer
// as default, which models before IR version 4 list too.
func (m *Model) Inputs() []Value {
	given := setOf(constants(m.pb.Graph))
	var inputs []Value
	for _, info := range m.pb.Graph.Input {
		if !given[info.GetName()] {
			inputs = append(inputs, fromInfo(info))
		}
	}
	return inputs
}

// Outputs returns the graph's outputs.
func (m *Model) Outputs() []Value {
	outputs := make([]Value, len(m.pb.Graph.Output))
	for i, info := range m.pb.Graph.Output {
		outputs[i] = fromInfo(info)
	}
	return outputs
}

func fromInfo(info *onnxpb.ValueInfoProto) Value {
	tensor := info.GetType().GetTensorType()
	v := Value{Name: info.GetName(), Type: ElementType(tensor.GetElemType())}
	if tensor.GetShape() == nil {
		return v
	}
	v.Shape = make([]Dim, len(tensor.Shape.Dim))
	for i, d := range tensor.Shape.Dim {
		v.Shape[i] = Dim{Size: -1, Name: d.GetDimParam()}
		if size, ok := d.Value.(*onnxpb.TensorShapeProto_Dimension_DimValue); ok && size.DimValue >= 0 {
			v.Shape[i].Size = size.DimValue
		}
	}
	return v
}

func (v Value) info() *onnxpb.ValueInfoProto {
	shape := new(onnxpb.TensorShapeProto)
	for _, d := range v.Shape {
		shape.Dim = append(shape.Dim, d.proto())
	}
	tensor := &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(v.Type))}
	if v.Shape != nil {
		tensor.Shape = shape
	}
	return &onnxpb.ValueInfoProto{
		Name: proto.String(v.Name),
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: tensor}},
	}
}

// String returns name, type and shape, as in "data float [N, 3, 224, 224]".
func (v Value) String() string {
	if v.Type == NoTensor {
		return v.Name + ", which is not a tensor"
	}
	dims := make([]string, len(v.Shape))
	for i, d := range v.Shape {
		switch {
		case d.Size >= 0:
			dims[i] = strconv.FormatInt(d.Size, 10)
		case d.Name != "":
			dims[i] = d.Name
		default:
			dims[i] = "?"
		}
	}
	return fmt.Sprintf("%s %v [%s]", v.Name, v.Type, strings.Join(dims, ", "))
}

func (d Dim) proto() *onnxpb.TensorShapeProto_Dimension {
	dim := new(onnxpb.TensorShapeProto_Dimension)
	switch {
	case d.Size >= 0:
		dim.Value = &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d.Size}
	case d.Name != "":
		dim.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: d.Name}
	}
	return dim
}
