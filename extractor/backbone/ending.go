package backbone

import (
	"slices"
	"strings"
	"unicode"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// graph is a network's operators, arranged for looking back from an output.
type graph struct {
	nodes  []onnxgraph.Node
	makers map[string]int // of each value, the index of its node
	// constants are the shapes of constants, and of what has one as its first input,
	// or the first input's first input, and so on.
	constants map[string][]int64
	origins   map[string]string // of values that carry another one in another type, that one
	// attends are products of two values that depend on the image, rearranged: a
	// layer that takes one belongs to an attention.
	attends map[string]bool
	// fixed are values that say nothing of the image: constants and what is
	// computed of them, shapes, and the scales of dynamic quantisation.
	fixed map[string]bool
	depth map[string]int // the most layers with weights, or products, on a way from the image to a value
}

func newGraph(m *onnxgraph.Model) *graph {
	g := &graph{
		nodes: m.Nodes(), makers: make(map[string]int), constants: make(map[string][]int64), origins: make(map[string]string),
		attends: make(map[string]bool), fixed: make(map[string]bool), depth: make(map[string]int),
	}
	for _, t := range m.Initializers() {
		g.constants[t.Name] = sizes(t.Shape)
		g.fixed[t.Name] = true
	}
	for i, node := range g.nodes {
		fixed, depth := node.Operator == "Shape" || node.Operator == "Size" || len(g.varying(node)) == 0 && !node.Inner, 0
		for _, name := range node.Inputs {
			depth = max(depth, g.depth[name])
		}
		if layerOps[node.Operator] && !fixed {
			depth++
		}
		for at, name := range node.Outputs {
			if name == "" { // an omitted output
				continue
			}
			g.makers[name] = i
			g.depth[name] = depth
			if fixed || at > 0 && node.Operator == "DynamicQuantizeLinear" {
				g.fixed[name] = true
			}
			g.trace(node, name)
		}
	}
	return g
}

// trace notes where an output of a node comes from.
func (g *graph) trace(node onnxgraph.Node, output string) {
	if len(node.Inputs) == 0 || node.Inputs[0] == "" {
		return
	}
	first := node.Inputs[0]
	if shape, found := g.constants[first]; found {
		g.constants[output] = shape
	}
	if carries[node.Operator] {
		g.origins[output] = g.origin(first)
	}
	attends := false
	switch operator := node.Operator; {
	case strings.Contains(operator, "Attention"):
		attends = true
	case layerOps[operator]:
		attends = len(g.varying(node)) > 1
	case passes[operator] || flattens[operator]:
		attends = g.attends[first]
	}
	if attends {
		g.attends[output] = true
	}
}

// origin returns the value that another one carries, or that itself.
func (g *graph) origin(value string) string {
	if origin, found := g.origins[value]; found {
		return origin
	}
	return value
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
	switch {
	case e.activated:
		return isScores
	case nameContains(name, featureWords):
		return isFeatures
	case nameContains(name, scoreWords) || slices.Contains(usualClasses, width):
		return isScores
	case e.attends || e.averaged && !e.narrows:
		return isFeatures
	case len(e.inputs) > 1 || width%64 != 0:
		return isScores
	default:
		return isUnclear
	}
}

// usualClasses are numbers of classes of ImageNet and what was derived from it.
var usualClasses = []int{1000, 1001, 10450, 11221, 11821, 21841, 21842, 21843}

// featureWords are found in names of outputs that are meant to be embeddings, and
// scoreWords in those of classifiers.
var (
	featureWords = []string{
		"embed", "embeds", "embedding", "embeddings", "pooler", "pooled", "feature", "features", "feat", "feats",
		"representation", "representations", "latent", "latents", "hidden",
	}
	scoreWords = []string{
		"logit", "logits", "prob", "probs", "proba", "probability", "probabilities", "score", "scores", "softmax",
		"class", "classes", "classifier", "label", "labels", "pred", "preds", "prediction", "predictions",
	}
)

// nameContains reports whether one of the words is a word of a name such as
// last_hidden_state or classLogits.
func nameContains(name string, words []string) bool {
	var text strings.Builder
	lower := false
	for _, r := range name {
		if !unicode.IsLetter(r) || lower && unicode.IsUpper(r) {
			text.WriteByte(' ')
		}
		if unicode.IsLetter(r) {
			text.WriteRune(unicode.ToLower(r))
		}
		lower = unicode.IsLower(r)
	}
	return slices.ContainsFunc(strings.Fields(text.String()), func(word string) bool { return slices.Contains(words, word) })
}
