package ort

import (
	"errors"
	"fmt"
	"slices"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Tensor is a float32 tensor, in row-major order.
type Tensor struct {
	Shape []int64
	Data  []float32
}

// Port is an input or output of a model as ONNX Runtime sees it once it has
// loaded it: it finds the shapes that the file does not note.
type Port struct {
	Name  string
	Type  string  // as ONNX Runtime prints it, "" if it is no tensor
	Shape []int64 // -1 where the size may vary
}

// Describe returns the outputs of a model, given the content of its file.
func Describe(model []byte) (outputs []Port, err error) {
	if _, err := Load(Device{}); err != nil {
		return nil, err
	}
	_, infos, err := onnxruntime.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, err
	}
	for _, info := range infos {
		port := Port{Name: info.Name}
		if info.OrtValueType == onnxruntime.ONNXTypeTensor {
			port.Type, port.Shape = info.DataType.String(), slices.Clone(info.Dimensions)
		}
		outputs = append(outputs, port)
	}
	return outputs, nil
}

// RunOnce loads a model, given the content of its file, and runs it once on
// one float32 input. The outputs named must be float32 too.
func RunOnce(model []byte, input string, value Tensor, outputs ...string) ([]Tensor, error) {
	if _, err := Load(Device{}); err != nil {
		return nil, err
	}
	options, err := Options{}.settings()
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	session, err := onnxruntime.NewDynamicAdvancedSessionWithONNXData(model, []string{input}, outputs, options)
	if err != nil {
		return nil, err
	}
	defer session.Destroy()
	in, err := onnxruntime.NewTensor(value.Shape, value.Data)
	if err != nil {
		return nil, err
	}
	defer in.Destroy()
	values := make([]onnxruntime.Value, len(outputs)) // nil: made by the run
	err = session.Run([]onnxruntime.Value{in}, values)
	defer func() {
		for _, v := range values {
			if v != nil {
				v.Destroy()
			}
		}
	}()
	if err != nil {
		return nil, err
	}
	results := make([]Tensor, len(outputs))
	for i, v := range values {
		floats, ok := v.(*onnxruntime.Tensor[float32])
		if !ok {
			return nil, fmt.Errorf("output %s: %w", outputs[i], errNotFloats)
		}
		results[i] = Tensor{slices.Clone(floats.GetShape()), slices.Clone(floats.GetData())}
	}
	return results, nil
}

var errNotFloats = errors.New("not float32")
