package onnxgraph

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// AddFloats adds an initializer: a constant tensor with the given values in
// row-major order. The product of shape must be their number.
func (m *Model) AddFloats(name string, values []float32, shape ...int64) {
	m.add(name, onnxpb.TensorProto_FLOAT, values, shape)
}

// AddDoubles adds a float64 initializer, as AddFloats does.
func (m *Model) AddDoubles(name string, values []float64, shape ...int64) {
	m.add(name, onnxpb.TensorProto_DOUBLE, values, shape)
}

// AddInt64s adds an initializer, as AddFloats does.
func (m *Model) AddInt64s(name string, values []int64, shape ...int64) {
	m.add(name, onnxpb.TensorProto_INT64, values, shape)
}

// AddInt8s adds an initializer, as AddFloats does.
func (m *Model) AddInt8s(name string, values []int8, shape ...int64) {
	m.add(name, onnxpb.TensorProto_INT8, values, shape)
}

func (m *Model) add(name string, kind onnxpb.TensorProto_DataType, values any, shape []int64) {
	raw, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err) // for other types only
	}
	m.pb.Graph.Initializer = append(m.pb.Graph.Initializer, &onnxpb.TensorProto{
		Name:     proto.String(name),
		DataType: proto.Int32(int32(kind)),
		Dims:     shape,
		RawData:  raw,
	})
}

// Floats returns the values of a float32 initializer in row-major order, and its
// shape. External values are not read.
func (m *Model) Floats(name string) (values []float32, shape []int64, err error) {
	t, err := m.initializer(name, onnxpb.TensorProto_FLOAT, "float32")
	if err != nil {
		return nil, nil, err
	}
	values = t.FloatData
	if len(t.RawData) > 0 {
		if len(t.RawData)%4 != 0 {
			return nil, nil, fmt.Errorf("tensor %s ends within a number", name)
		}
		values = make([]float32, len(t.RawData)/4)
		if _, err := binary.Decode(t.RawData, binary.LittleEndian, values); err != nil {
			return nil, nil, err
		}
	}
	return values, t.Dims, fills(t, len(values))
}

// Int8s returns the values of an initializer that AddInt8s added, and its
// shape.
func (m *Model) Int8s(name string) (values []int8, shape []int64, err error) {
	t, err := m.initializer(name, onnxpb.TensorProto_INT8, "int8")
	if err != nil {
		return nil, nil, err
	}
	values = make([]int8, len(t.RawData))
	_, _ = binary.Decode(t.RawData, binary.LittleEndian, values) // which fills them all
	return values, t.Dims, fills(t, len(values))
}

// initializer returns the initializer of that name and type. Errors call the type
// typeName.
func (m *Model) initializer(name string, kind onnxpb.TensorProto_DataType, typeName string) (*onnxpb.TensorProto, error) {
	for _, t := range m.pb.Graph.Initializer {
		switch {
		case t.GetName() != name:
		case t.GetDataType() != int32(kind):
			return nil, fmt.Errorf("tensor %s is not of type %s", name, typeName)
		default:
			return t, nil
		}
	}
	return nil, fmt.Errorf("tensor %s is missing", name)
}

// fills returns an error unless a tensor's shape has that many values.
func fills(t *onnxpb.TensorProto, values int) error {
	if n, ok := size(t.Dims); !ok || n != int64(values) {
		return fmt.Errorf("tensor %s has %d values for shape %v", t.GetName(), values, t.Dims)
	}
	return nil
}

// size returns the number of elements of a shape, and false for negative sizes and
// for numbers beyond int64.
func size(shape []int64) (n int64, ok bool) {
	n = 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > math.MaxInt64/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// bytesPer is the number of bytes per element in RawData, for types of whole
// bytes.
var bytesPer = map[onnxpb.TensorProto_DataType]int64{
	onnxpb.TensorProto_BOOL: 1, onnxpb.TensorProto_INT8: 1, onnxpb.TensorProto_UINT8: 1,
	onnxpb.TensorProto_FLOAT16: 2, onnxpb.TensorProto_BFLOAT16: 2, onnxpb.TensorProto_INT16: 2, onnxpb.TensorProto_UINT16: 2,
	onnxpb.TensorProto_FLOAT: 4, onnxpb.TensorProto_INT32: 4, onnxpb.TensorProto_UINT32: 4,
	onnxpb.TensorProto_DOUBLE: 8, onnxpb.TensorProto_INT64: 8, onnxpb.TensorProto_UINT64: 8,
}

// checkTensor returns an error if a tensor's raw values do not match its shape.
func checkTensor(t *onnxpb.TensorProto) error {
	n, ok := size(t.Dims)
	if !ok {
		return fmt.Errorf("tensor %s has the shape %v", t.GetName(), t.Dims)
	}
	each := bytesPer[onnxpb.TensorProto_DataType(t.GetDataType())]
	if each == 0 || t.RawData == nil {
		return nil
	}
	if n > math.MaxInt64/each || int64(len(t.RawData)) != n*each {
		return fmt.Errorf("tensor %s has %d bytes for shape %v of %v", t.GetName(), len(t.RawData), t.Dims, onnxpb.TensorProto_DataType(t.GetDataType()))
	}
	return nil
}
