package head

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/digitalinnovationone/headstart/head/internal/ood"
	"github.com/digitalinnovationone/headstart/internal/matrix"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// Names in the head file's graph.
const (
	inputName         = "embedding"
	outputName        = "probabilities"
	logitsName        = "logits"
	unknownName       = "unknown"
	unitName          = "unit"
	minNormTensor     = "min_norm"
	temperatureTensor = "temperature"
	referencesTensor  = "references"
	scalesTensor      = "reference_scales"
	scaleTensor       = "scale"
)

// layerTensors names a layer's tensors. The first are those of format 1.
func layerTensors(layer int) (weight, bias string) {
	if layer == 0 {
		return "weight", "bias"
	}
	return fmt.Sprintf("weight_%d", layer), fmt.Sprintf("bias_%d", layer)
}

// graph returns the head as a model without metadata.
func (h *Head) graph() *onnxgraph.Model {
	m := onnxgraph.New("head")
	m.AddInput(onnxgraph.FloatRows(inputName, int64(h.Dim())))
	m.AddOutput(onnxgraph.FloatRows(outputName, int64(len(h.Meta.Classes))))
	value := inputName
	if h.scale != nil {
		m.AddFloats(scaleTensor, h.scale, int64(h.Dim()))
		m.AddNode("Mul", []string{value, scaleTensor}, []string{"scaled"})
		value = "scaled"
	}
	oneBlock := h.last == h.Dim()
	if h.unit || h.unknown != nil && oneBlock {
		addUnit(m, value, unitName)
	}
	if h.unit {
		value = unitName
	}
	for i, layer := range h.layers {
		if i > 0 {
			active := fmt.Sprintf("hidden_%d", i)
			m.AddNode("Relu", []string{value}, []string{active})
			value = active
		}
		weight, bias := layerTensors(i)
		outputs := int64(len(layer.bias))
		m.AddFloats(weight, layer.weight, outputs, int64(layer.in))
		m.AddFloats(bias, layer.bias, outputs)
		sum := fmt.Sprintf("layer_%d", i)
		m.AddNode("Gemm", []string{value, weight, bias}, []string{sum}, onnxgraph.Int("transB", 1))
		value = sum
	}
	m.AddFloats(temperatureTensor, []float32{h.temperature})
	m.AddNode("Div", []string{value, temperatureTensor}, []string{logitsName})
	m.AddNode("Softmax", []string{logitsName}, []string{outputName}, onnxgraph.Int("axis", 1))
	if h.unknown != nil {
		unit := unitName
		if !oneBlock {
			unit = "unit_last_block"
			m.AddInt64s("last_block", []int64{int64(h.Dim() - h.last)}, 1)
			m.AddInt64s("end", []int64{int64(h.Dim())}, 1)
			m.AddInt64s("columns", []int64{1}, 1)
			m.AddNode("Slice", []string{inputName, "last_block", "end", "columns"}, []string{"last"})
			addUnit(m, "last", unit)
		}
		addUnknown(m, unit, h.unknown.Parameters())
	}
	return m
}

// addUnit scales the rows of a value to length 1, once or twice in a graph.
func addUnit(m *onnxgraph.Model, value, unit string) {
	norm, length := "norm", "length"
	if unit != unitName {
		norm, length = "norm_"+value, "length_"+value
	}
	if _, _, err := m.Floats(minNormTensor); err != nil {
		m.AddFloats(minNormTensor, []float32{minNorm})
	}
	m.AddNode("ReduceL2", []string{value}, []string{norm}, onnxgraph.Ints("axes", 1), onnxgraph.Int("keepdims", 1))
	m.AddNode("Max", []string{norm, minNormTensor}, []string{length})
	m.AddNode("Div", []string{value, length}, []string{unit})
}

// addUnknown adds the operators that ood.Parameters describes, to rows of length 1.
func addUnknown(m *onnxgraph.Model, unit string, p ood.Parameters) {
	rows := int64(len(p.Scales))
	m.AddInt8s(referencesTensor, p.References, rows, int64(p.Dim))
	m.AddFloats(scalesTensor, p.Scales, rows)
	m.AddInt64s("neighbours", []int64{int64(p.Neighbours)}, 1)
	m.AddFloats("one", []float32{1})
	m.AddNode("DequantizeLinear", []string{referencesTensor, scalesTensor}, []string{"reference_rows"}, onnxgraph.Int("axis", 0))
	m.AddNode("Transpose", []string{"reference_rows"}, []string{"reference_columns"}, onnxgraph.Ints("perm", 1, 0))
	m.AddNode("MatMul", []string{unit, "reference_columns"}, []string{"similarities"})
	m.AddNode("TopK", []string{"similarities", "neighbours"}, []string{"nearest", "nearest_rows"})
	m.AddNode("ReduceMean", []string{"nearest"}, []string{"similarity"}, onnxgraph.Ints("axes", 1), onnxgraph.Int("keepdims", 0))
	m.AddNode("Sub", []string{"one", "similarity"}, []string{unknownName})
	m.AddOutput(onnxgraph.Value{
		Name:  unknownName,
		Type:  onnxgraph.Float32,
		Shape: []onnxgraph.Dim{{Size: -1, Name: "N"}},
	})
}

// setNumbers reads the numbers from the model, which must match Meta.
func (h *Head) setNumbers(m *onnxgraph.Model) error {
	if len(h.Meta.Classes) < 2 {
		return ErrOneClass
	}
	kind := h.Meta.Training.Head
	h.unit, h.temperature = kind == LogisticUnit || h.Meta.Training.Unit, 1
	layers := 1
	if kind == MLP {
		layers = 2
	}
	for i := range layers {
		layer, err := readLayer(m, i)
		if err != nil {
			return err
		}
		if i > 0 && layer.in != len(h.layers[i-1].bias) {
			return errors.New("the layers do not fit together")
		}
		h.layers = append(h.layers, layer)
	}
	if last := h.layers[layers-1]; len(last.bias) != len(h.Meta.Classes) {
		return fmt.Errorf("weights of shape [%d %d] and [%d] do not match %d classes", len(last.bias), last.in, len(last.bias), len(h.Meta.Classes))
	}
	h.last = h.Dim()
	if h.Meta.Format == 1 {
		return nil
	}
	if err := h.readBlocks(m); err != nil {
		return err
	}
	temperature, _, err := m.Floats(temperatureTensor)
	if err != nil {
		return err
	}
	if len(temperature) != 1 || !(temperature[0] > 0) || math.IsInf(float64(temperature[0]), 0) {
		return errors.New("bad temperature")
	}
	h.temperature = temperature[0]
	if err := h.readUnknown(m); err != nil {
		return err
	}
	if h.digest() != h.Meta.Digest {
		return errors.New("damaged: its numbers have changed since it was written")
	}
	return nil
}

func readLayer(m *onnxgraph.Model, i int) (dense, error) {
	weightName, biasName := layerTensors(i)
	weight, shape, err := m.Floats(weightName)
	if err != nil {
		return dense{}, err
	}
	bias, biasShape, err := m.Floats(biasName)
	if err != nil {
		return dense{}, err
	}
	if len(shape) != 2 || shape[1] < 1 || len(biasShape) != 1 || shape[0] != biasShape[0] || len(bias) == 0 {
		return dense{}, fmt.Errorf("weights of shape %v and %v do not fit together", shape, biasShape)
	}
	if !matrix.Finite(weight) || !matrix.Finite(bias) {
		return dense{}, errors.New("weights are not finite")
	}
	return dense{in: int(shape[1]), weight: weight, bias: bias}, nil
}

// readBlocks sets last and scale. Files that name no blocks have one, as it is, and so
// have those before format 3.
func (h *Head) readBlocks(m *onnxgraph.Model) error {
	blocks := h.Meta.Training.Blocks
	if h.Meta.Format < formatOfBlocks || len(blocks) == 0 {
		return nil
	}
	var dim int
	for _, b := range blocks {
		if b.Dim < 1 || b.Dim > h.Dim() {
			return fmt.Errorf("block %q has %d values", b.Name, b.Dim)
		}
		dim += b.Dim
		h.last = b.Dim
	}
	if dim != h.Dim() {
		return fmt.Errorf("blocks of %d values do not match weights for embeddings of length %d", dim, h.Dim())
	}
	if !h.unit || len(blocks) == 1 {
		return nil
	}
	var err error
	if h.scale, _, err = m.Floats(scaleTensor); err != nil {
		return err
	}
	if len(h.scale) != h.Dim() || !matrix.Finite(h.scale) {
		return errors.New("bad scale of blocks")
	}
	return nil
}

func (h *Head) readUnknown(m *onnxgraph.Model) error {
	meta := h.Meta.Unknown
	if meta == nil {
		return nil
	}
	references, shape, err := m.Int8s(referencesTensor)
	if err != nil {
		return err
	}
	scales, _, err := m.Floats(scalesTensor)
	if err != nil {
		return err
	}
	if len(shape) != 2 || shape[1] != int64(h.last) {
		return fmt.Errorf("reference embeddings of shape %v do not match embeddings whose last block has %d values", shape, h.last)
	}
	h.unknown, err = ood.New(ood.Parameters{
		Dim:        h.last,
		Neighbours: meta.Neighbours,
		Threshold:  meta.Threshold,
		References: references,
		Scales:     scales,
	})
	return err
}

// digest is that of all numbers that the head computes with, each array after
// its length.
func (h *Head) digest() string {
	hash := sha256.New()
	add := func(n int, values any) {
		// Writing to a hash cannot fail.
		_ = binary.Write(hash, binary.LittleEndian, int64(n))
		_ = binary.Write(hash, binary.LittleEndian, values)
	}
	for _, layer := range h.layers {
		add(len(layer.weight), layer.weight)
		add(len(layer.bias), layer.bias)
	}
	if h.scale != nil {
		add(len(h.scale), h.scale)
	}
	add(1, h.temperature)
	if h.unknown != nil {
		p := h.unknown.Parameters()
		add(len(p.References), p.References)
		add(len(p.Scales), p.Scales)
		add(p.Neighbours, p.Threshold)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
