package onnxgraph

import (
	"encoding/binary"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// Ints returns an attribute that is a list of integers.
func Ints(name string, values ...int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name),
		Type: onnxpb.AttributeProto_INTS.Enum(),
		Ints: values,
	}
}

// AddInt64s adds an initializer, as AddFloats does.
func (m *Model) AddInt64s(name string, values []int64, shape ...int64) {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	m.addRaw(name, onnxpb.TensorProto_INT64, raw, shape)
}

// AddInt8s adds an initializer, as AddFloats does.
func (m *Model) AddInt8s(name string, values []int8, shape ...int64) {
	raw := make([]byte, len(values))
	for i, v := range values {
		raw[i] = byte(v)
	}
	m.addRaw(name, onnxpb.TensorProto_INT8, raw, shape)
}

func (m *Model) addRaw(name string, kind onnxpb.TensorProto_DataType, raw []byte, shape []int64) {
	m.Proto.Graph.Initializer = append(m.Proto.Graph.Initializer, &onnxpb.TensorProto{
		Name:     proto.String(name),
		DataType: proto.Int32(int32(kind)),
		Dims:     shape,
		RawData:  raw,
	})
}

// Int8s returns the values of an initializer that AddInt8s added, and its
// shape.
func (m *Model) Int8s(name string) (values []int8, shape []int64, err error) {
	i := slices.IndexFunc(m.Proto.Graph.Initializer, func(t *onnxpb.TensorProto) bool {
		return t.GetName() == name
	})
	if i < 0 {
		return nil, nil, fmt.Errorf("tensor %s is missing", name)
	}
	t := m.Proto.Graph.Initializer[i]
	if t.GetDataType() != int32(onnxpb.TensorProto_INT8) {
		return nil, nil, fmt.Errorf("tensor %s is not of type int8", name)
	}
	if n, ok := size(t.Dims); !ok || n != int64(len(t.RawData)) {
		return nil, nil, fmt.Errorf("tensor %s has %d values for shape %v", name, len(t.RawData), t.Dims)
	}
	values = make([]int8, len(t.RawData))
	for i, b := range t.RawData {
		values[i] = int8(b)
	}
	return values, t.Dims, nil
}
