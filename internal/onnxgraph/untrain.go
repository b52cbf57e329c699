package onnxgraph

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// normInputs are what normalisations learn and gather, by operator: the input, and
// the value that leaves what comes in as it is.
var normInputs = map[string]map[int]float32{
	"BatchNormalization":    {1: 1, 2: 0, 3: 0, 4: 1}, // scale, bias, mean, variance
	"InstanceNormalization": {1: 1, 2: 0},
	"GroupNormalization":    {1: 1, 2: 0},
	"LayerNormalization":    {1: 1, 2: 0},
}

// Untrain takes from a network what it has learnt. The weights of convolutions and
// of products with a constant matrix are drawn from the normal distribution of He et
// al. (Delving deep into rectifiers, 2015, equation 10): its variance is 2 over the
// number of values that an output is a sum of. Their biases are 0, and normalisations
// neutral. Other constants stay. The same seed gives the same weights.
//
// It returns an error for a network without such weights in float32, as are
// quantised ones. Functions and constants must have been inlined.
func (m *Model) Untrain(seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 0))
	floats := map[string]*onnxpb.TensorProto{}
	for _, t := range m.pb.Graph.Initializer {
		floats[t.GetName()] = t
	}
	drawn := map[string]bool{}
	for _, node := range m.pb.Graph.Node {
		if domain(node) != "" {
			continue
		}
		at, fanIn := weightsOf(node, floats)
		if fanIn > 0 {
			t := floats[node.Input[at]]
			if t.GetDataType() != int32(onnxpb.TensorProto_FLOAT) {
				return fmt.Errorf("its weights %s are not of type float32", t.GetName())
			}
			if !drawn[t.GetName()] {
				drawn[t.GetName()] = true
				deviation := math.Sqrt(2 / float64(fanIn))
				fill(t, func() float32 { return float32(deviation * rng.NormFloat64()) })
			}
			if len(node.Input) > 2 {
				fill(floats[node.Input[2]], func() float32 { return 0 })
			}
		}
		for at, neutral := range normInputs[node.GetOpType()] {
			if at < len(node.Input) {
				fill(floats[node.Input[at]], func() float32 { return neutral })
			}
		}
	}
	if len(drawn) == 0 {
		return errors.New("it has no weights in float32 that could be drawn at random")
	}
	return nil
}

// weightsOf returns which input of a node is a constant tensor of weights, and how
// many products an output is the sum of; 0 if there is none.
func weightsOf(node *onnxpb.NodeProto, constants map[string]*onnxpb.TensorProto) (at int, fanIn int64) {
	if len(node.Input) < 2 {
		return 0, 0
	}
	dims := constants[node.Input[1]].GetDims()
	switch op := node.GetOpType(); {
	case op == "Conv" && len(dims) > 2:
		n, _ := size(dims[1:])
		return 1, n
	case op == "ConvTranspose" && len(dims) > 2:
		return 1, dims[0]
	case op == "Gemm" && len(dims) == 2 && isSet(node, "transB"):
		return 1, dims[1]
	case (op == "Gemm" || op == "MatMul") && len(dims) >= 2:
		return 1, dims[len(dims)-2]
	case op == "MatMul" && len(constants[node.Input[0]].GetDims()) >= 2:
		dims = constants[node.Input[0]].GetDims()
		return 0, dims[len(dims)-1]
	}
	return 0, 0
}

func isSet(node *onnxpb.NodeProto, attribute string) bool {
	for _, a := range node.Attribute {
		if a.GetName() == attribute {
			return a.GetI() != 0
		}
	}
	return false
}

// fill replaces the values of a float32 tensor; t may be nil, and is left alone if it
// is of another type.
func fill(t *onnxpb.TensorProto, value func() float32) {
	n, ok := size(t.GetDims())
	if t.GetDataType() != int32(onnxpb.TensorProto_FLOAT) || !ok {
		return
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = value()
	}
	other := New("")
	other.AddFloats(t.GetName(), values, t.Dims...)
	proto.Reset(t)
	proto.Merge(t, other.pb.Graph.Initializer[0])
}
