package backbone

import (
	"slices"

	"github.com/digitalinnovationone/headstart/internal/onnxpb"
)

// weightInput says which input of a layer holds its weights.
var weightInput = map[string]int{
	"Conv": 1, "ConvInteger": 1, "QLinearConv": 3,
	"Gemm": 1, "MatMul": 1, "MatMulInteger": 1, "QGemm": 3, "QLinearMatMul": 3,
}

// multiplyAdds counts the multiplications of one image's way through all
// convolutions and matrix products of the network. What else it computes is
// little beside them; layers inside functions and branches are not counted.
func (n *network) multiplyAdds() (int64, error) {
	shapes := make(map[string][]int64)
	for _, t := range n.model.Proto.Graph.Initializer {
		shapes[t.GetName()] = t.GetDims()
	}
	var layers []*onnxpb.NodeProto
	var unknown []string
	for _, node := range n.model.Proto.Graph.Node {
		at, isLayer := weightInput[node.GetOpType()]
		if !isLayer || len(node.Input) <= at {
			continue
		}
		layers = append(layers, node)
		unknown = append(unknown, node.Output[0])
		if _, known := shapes[node.Input[at]]; !known && !slices.Contains(unknown, node.Input[at]) {
			unknown = append(unknown, node.Input[at])
		}
	}
	unknown = slices.DeleteFunc(unknown, func(name string) bool { return name == n.input.Name })
	ports, err := n.shapes(unknown)
	if err != nil {
		return 0, err
	}
	for name, port := range ports {
		shapes[name] = port.Shape
	}
	var sum int64
	for _, node := range layers {
		sum += layerCost(node, shapes[node.Output[0]], shapes[node.Input[weightInput[node.GetOpType()]]])
	}
	return sum / int64(n.batch), nil
}

// layerCost is the number of values a layer gives times the weights that each
// takes: all of its channel's for a convolution, a column's for a product.
func layerCost(node *onnxpb.NodeProto, output, weight []int64) int64 {
	if len(output) == 0 || len(weight) < 2 {
		return 0
	}
	each := product(weight[1:])
	switch node.GetOpType() {
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
