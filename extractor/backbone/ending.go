package backbone

import (
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// graph is a network's operators, arranged for looking back from an output.
type graph struct {
	nodes  []onnxgraph.Node
	makers map[string]int     // of each value, the index of its node
	takers map[string][]int   // of each value, the nodes that use it
	sizes  map[string][]int64 // shapes of constants
	// fixed are values that say nothing of the image: constants and what is
	// computed of them, shapes, and the scales of dynamic quantisation.
	fixed map[string]bool
	depth map[string]int // the most layers with weights, or products, on a way from the image to a value
}

func newGraph(m *onnxgraph.Model) *graph {
	g := &graph{
		nodes: m.Nodes(), makers: make(map[string]int), takers: make(map[string][]int),
		sizes: make(map[string][]int64), fixed: make(map[string]bool), depth: make(map[string]int),
	}
	for _, t := range m.Initializers() {
		g.sizes[t.Name] = sizes(t.Shape)
		g.fixed[t.Name] = true
	}
	for i, node := range g.nodes {
		fixed, depth := node.Operator == "Shape" || node.Operator == "Size" || len(g.varying(node)) == 0 && !node.Inner, 0
		for _, name := range node.Inputs {
			g.takers[name] = append(g.takers[name], i)
			depth = max(depth, g.depth[name])
		}
		if weighs[node.Operator] && !fixed {
			depth++
		}
		for at, name := range node.Outputs {
			g.makers[name] = i
			g.depth[name] = depth
			g.fixed[name] = fixed || at > 0 && node.Operator == "DynamicQuantizeLinear"
		}
	}
	return g
}

// varying returns the inputs of a node that depend on the image.
func (g *graph) varying(node onnxgraph.Node) []string {
	return slices.DeleteFunc(slices.Clone(node.Inputs), func(name string) bool { return name == "" || g.fixed[name] })
}

func (g *graph) maker(value string) (onnxgraph.Node, bool) {
	i, found := g.makers[value]
	if !found {
		return onnxgraph.Node{}, false
	}
	return g.nodes[i], true
}

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

func (g *graph) lookBack(e *ending, value string) bool {
	if e.after[value] {
		return true
	}
	node, found := g.maker(value)
	if !found || node.Inner {
		return false
	}
	e.after[value] = true
	operator, varying := node.Operator, g.varying(node)
	switch at := linearWeight(operator); {
	case len(varying) == 0:
		return false
	case weighs[operator]:
		return at > 0 && len(node.Inputs) > at && g.fixed[node.Inputs[at]] && g.addLayer(e, node, at)
	case operator == "Softmax" || operator == "LogSoftmax" || operator == "Sigmoid" || operator == "QLinearSoftmax" || operator == "QLinearSigmoid" || operator == "TopK":
		e.activated = true
	case pools[operator]:
		e.averaged = true
	case operator == "Relu" || operator == "Clip":
		if !e.averaged {
			return false
		}
	case operator == "Add" || operator == "Sum" || operator == "Mean" || operator == "QLinearAdd":
		for _, name := range varying {
			if !g.lookBack(e, name) {
				return false
			}
		}
		return true
	case operator == "Sub" || operator == "Mul" || operator == "Div":
		return len(varying) == 1 && g.lookBack(e, varying[0])
	case !passes[operator] && !flattens[operator]:
		return false
	}
	return g.lookBack(e, node.Inputs[0])
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
	weight := g.weightShape(node.Inputs[weightAt])
	if strings.Contains(node.Operator, "Conv") {
		if len(weight) < 3 || product(weight[2:]) != 1 {
			return false // it sees more than one position
		}
		e.narrows = e.narrows || 2*weight[0] < weight[1]
	} else if len(weight) == 2 {
		e.narrows = e.narrows || 2*min(weight[0], weight[1]) < max(weight[0], weight[1])
	}
	input := node.Inputs[0]
	for before, found := g.maker(input); found && carries[before.Operator]; before, found = g.maker(input) {
		input = before.Inputs[0]
	}
	e.attends = e.attends || g.isAttention(input)
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

// weightShape is that of the constant that a layer's weights come from, nil if
// there are several.
func (g *graph) weightShape(name string) []int64 {
	for {
		if shape, constant := g.sizes[name]; constant {
			return shape
		}
		node, found := g.maker(name)
		if !found || len(node.Inputs) == 0 {
			return nil
		}
		name = node.Inputs[0]
	}
}

// isAttention reports whether a value is the product of two that depend on the
// image, rearranged: a layer that takes it belongs to an attention.
func (g *graph) isAttention(value string) bool {
	for {
		node, found := g.maker(value)
		switch {
		case !found || len(node.Inputs) == 0:
			return false
		case strings.Contains(node.Operator, "Attention"):
			return true
		case weighs[node.Operator]:
			return len(g.varying(node)) > 1
		case !passes[node.Operator] && !flattens[node.Operator]:
			return false
		}
		value = node.Inputs[0]
	}
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

// What the end of a network gives.
type verdict int

const (
	isScores   verdict = iota + 1
	isFeatures         // a projection, or what its author calls an embedding
	isUnclear
)

// verdict tells class scores from a projection by what the graph shows. name is
// the output's, and width the number of its values.
func (e ending) verdict(name string, width int) verdict {
	usual := slices.Contains(usualClasses, width)
	switch {
	case e.activated || says(name, "logit", "prob", "score", "class", "label", "softmax", "pred"):
		return isScores
	case says(name, "embed"):
		return isFeatures
	case usual:
		return isScores
	case says(name, featureWords...) || e.attends || e.averaged && !e.narrows:
		return isFeatures
	case len(e.inputs) > 1 || width%64 != 0:
		return isScores
	default:
		return isUnclear
	}
}

// usualClasses are numbers of classes of ImageNet and what was derived from it.
var usualClasses = []int{1000, 1001, 10450, 11221, 11821, 21841, 21842, 21843}

// featureWords are found in names of outputs that are meant to be embeddings.
var featureWords = []string{"embed", "pooler", "pooled", "feature", "represent", "latent", "hidden"}

func says(name string, words ...string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}
