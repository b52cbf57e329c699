package backbone

import (
	"errors"
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// MultiplyAdds returns how many multiplications the backbone takes for one view of an
// image, at its size, in convolutions and matrix products. It is a measure of cost that
// does not depend on the machine. The error is a [SizeError] if the size is not one that
// the network takes.
func (b Backbone) MultiplyAdds() (int64, error) {
	content, err := b.Read()
	if err != nil {
		return 0, err
	}
	model, err := onnxgraph.Parse(content)
	if err != nil {
		return 0, err
	}
	n, err := newNetwork(model)
	var count int64
	if err == nil {
		count, err = n.multiplyAdds()
	}
	switch {
	case err == nil:
		return count, nil
	case b.isResized() && !errors.Is(err, ort.ErrNoLibrary):
		return 0, b.sizeError(b.Preprocessing.Crop, err)
	}
	return 0, fmt.Errorf("cannot use backbone %s: %w", b.Path, err)
}

// weightInput is the index of the input with a layer's weights.
var weightInput = map[string]int{
	"Conv": 1, "ConvInteger": 1, "QLinearConv": 3,
	"Gemm": 1, "MatMul": 1, "MatMulInteger": 1, "QGemm": 3, "QLinearMatMul": 3,
}

// multiplyAdds counts the multiplications per image in the network's convolutions
// and matrix products, apart from those inside functions and branches. Other
// operators cost little in comparison.
func (n *network) multiplyAdds() (int64, error) {
	shapes := make(map[string][]int64)
	for _, t := range n.model.Initializers() {
		shapes[t.Name] = sizes(t.Shape)
	}
	var layers []onnxgraph.Node
	var unknown []string
	asked := map[string]bool{n.input.Name: true, "": true}
	for _, node := range n.model.Nodes() {
		at, isLayer := weightInput[node.Operator]
		if !isLayer || len(node.Inputs) <= at {
			continue
		}
		layers = append(layers, node)
		for _, name := range []string{node.Outputs[0], node.Inputs[at]} {
			if _, known := shapes[name]; !known && !asked[name] {
				asked[name] = true
				unknown = append(unknown, name)
			}
		}
	}
	ports, err := n.shapes(unknown)
	if err != nil {
		return 0, err
	}
	for name, port := range ports {
		shapes[name] = port.Shape
	}
	var sum int64
	for _, node := range layers {
		sum += layerCost(node.Operator, shapes[node.Outputs[0]], shapes[node.Inputs[weightInput[node.Operator]]])
	}
	return sum / int64(n.batch), nil
}

// layerCost is the number of values in a layer's output times the weights per value:
// a channel's for a convolution, a column's for a product.
func layerCost(operator string, output, weight []int64) int64 {
	if len(output) == 0 || len(weight) < 2 {
		return 0
	}
	each := product(weight[1:])
	switch operator {
	case "MatMul", "MatMulInteger", "QLinearMatMul":
		each = weight[len(weight)-2]
	case "Gemm", "QGemm":
		each = weight[0] * weight[1] / max(1, output[len(output)-1])
	}
	return product(output) * each
}

func product(shape []int64) int64 {
	n := int64(1)
	for _, size := range shape {
		n *= max(size, 0)
	}
	return n
}
