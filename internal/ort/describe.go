package ort

import (
	"slices"
	"strings"

	onnxruntime "github.com/yalue/onnxruntime_go"
)

// Port is an output of a model as ONNX Runtime sees it after loading, when it
// has inferred the shapes that the file does not record.
type Port struct {
	Name  string
	Type  string  // "float", "float16", "uint8" and so on, "" if it is not a tensor
	Shape []int64 // -1 where the size may vary
}

// Describe returns the outputs of a model, given the content of its file.
func Describe(model []byte) (outputs []Port, err error) {
	if _, err := Load(Device{}); err != nil {
		return nil, err
	}
	_, infos, err := onnxruntime.GetInputOutputInfoWithONNXData(model)
	if err != nil {
		return nil, modelError(err)
	}
	for _, info := range infos {
		port := Port{Name: info.Name}
		if info.OrtValueType == onnxruntime.ONNXTypeTensor {
			port.Type = strings.ToLower(strings.TrimPrefix(info.DataType.String(), "ONNX_TENSOR_ELEMENT_DATA_TYPE_"))
			port.Shape = slices.Clone(info.Dimensions)
		}
		outputs = append(outputs, port)
	}
	return outputs, nil
}
