package backbone

import (
	"slices"
	"strings"

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
	case strings.Contains(operator, "Attention"), layerOps[operator]:
		attends = g.isAttention(node)
	case passes[operator] || flattens[operator]:
		attends = g.attends[first]
	}
	if attends {
		g.attends[output] = true
	}
}

// isAttention reports whether a node is an attention, or a product in one, of two
// values that depend on the image.
func (g *graph) isAttention(node onnxgraph.Node) bool {
	return strings.Contains(node.Operator, "Attention") || layerOps[node.Operator] && len(g.varying(node)) > 1
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
