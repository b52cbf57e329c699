package backbone

import (
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// ending is how a network ends where its last step is linear: in one layer with
// weights, or several whose outputs are added up.
type ending struct {
	inputs    []string        // what the layers take
	after     map[string]bool // what the layers give, and the values from there to the output
	activated bool            // a softmax, a sigmoid or a choice of the largest follows
	averaged  bool            // the mean over positions follows
	narrows   bool            // a layer gives less than half as many values as it takes
	attends   bool            // the layer is part of an attention
}

// ending looks back from an output over operators that only move, scale and add
// values up. It reports false if it meets anything else before a layer.
func (g *graph) ending(output string) (ending, bool) {
	e := ending{after: make(map[string]bool)}
	if !g.lookBack(&e, output) || len(e.inputs) == 0 || g.chained(e) {
		return ending{}, false
	}
	return e, true
}

func (g *graph) lookBack(e *ending, output string) bool {
	open := []string{output}
	for len(open) > 0 {
		value := open[len(open)-1]
		open = open[:len(open)-1]
		if e.after[value] {
			continue
		}
		before, ok := g.before(e, value)
		if !ok {
			return false
		}
		slices.Reverse(before) // the first is looked at first
		open = append(open, before...)
	}
	return true
}

// before adds to e what computes a value and returns the values to look at next. It
// reports false for operators that end no network linearly.
func (g *graph) before(e *ending, value string) (next []string, ok bool) {
	node, found := g.maker(value)
	if !found || node.Inner {
		return nil, false
	}
	e.after[value] = true
	operator, varying := node.Operator, g.varying(node)
	switch at := linearWeight(operator); {
	case len(varying) == 0:
		return nil, false
	case layerOps[operator]:
		return nil, at > 0 && len(node.Inputs) > at && g.fixed[node.Inputs[at]] && g.addLayer(e, node, at)
	case operator == "Softmax" || operator == "LogSoftmax" || operator == "Sigmoid" || operator == "QLinearSoftmax" || operator == "QLinearSigmoid" || operator == "TopK":
		e.activated = true
	case pools[operator]:
		e.averaged = true
	case operator == "Relu" || operator == "Clip":
		if !e.averaged {
			return nil, false
		}
	case operator == "Add" || operator == "Sum" || operator == "Mean" || operator == "QLinearAdd":
		return varying, true
	case operator == "Sub" || operator == "Mul" || operator == "Div":
		return varying, len(varying) == 1
	case !passes[operator] && !flattens[operator]:
		return nil, false
	}
	return []string{node.Inputs[0]}, true
}

// passes lists operators that give their first input's values again.
var passes = map[string]bool{
	"Identity": true, "Cast": true, "CastLike": true, "Dropout": true, "Transpose": true, "Unsqueeze": true,
	"Gather": true, "Slice": true, "Split": true,
	"QuantizeLinear": true, "DequantizeLinear": true, "DynamicQuantizeLinear": true,
}

// linearWeight is the index of the weights among the inputs of a layer that is
// linear, 0 for other operators.
func linearWeight(operator string) int {
	switch operator {
	case "FusedMatMul", "MatMulIntegerToFloat", "DynamicQuantizeMatMul": // ONNX Runtime's own
		return 1
	}
	return weightInput[operator]
}

func (g *graph) addLayer(e *ending, node onnxgraph.Node, weightAt int) bool {
	weight := g.constants[node.Inputs[weightAt]]
	if strings.Contains(node.Operator, "Conv") {
		if len(weight) < 3 || product(weight[2:]) != 1 {
			return false // it sees more than one position
		}
		e.narrows = e.narrows || 2*weight[0] < weight[1]
	} else if len(weight) == 2 {
		e.narrows = e.narrows || 2*min(weight[0], weight[1]) < max(weight[0], weight[1])
	}
	input := g.origin(node.Inputs[0])
	e.attends = e.attends || g.attends[input]
	if !slices.Contains(e.inputs, input) {
		e.inputs = append(e.inputs, input)
	}
	return true
}

// carries lists operators between a value and a layer that takes it in another
// type.
var carries = map[string]bool{
	"Identity": true, "Cast": true, "Dropout": true,
	"QuantizeLinear": true, "DequantizeLinear": true, "DynamicQuantizeLinear": true,
}

// chained reports whether a layer of the ending depends on another one: then they
// are a block with a way around it, and not heads side by side.
func (g *graph) chained(e ending) bool {
	seen := make(map[string]bool)
	open := slices.Clone(e.inputs)
	for len(open) > 0 {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		if e.after[name] {
			return true
		}
		if node, found := g.maker(name); found {
			open = append(open, node.Inputs...)
		}
	}
	return false
}
