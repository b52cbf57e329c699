package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// callee is a function to inline.
type callee struct {
	*onnxpb.FunctionProto
	inner    []string    // names of the values inside it, in a fixed order
	returned map[int]int // of the outputs that are inputs, the index of the input
	memory   int         // that a copy takes
	unfit    bool        // it can never be inlined
}

func newCallee(f *onnxpb.FunctionProto) *callee {
	body := &onnxpb.GraphProto{Node: f.Node}
	defined, inputs, outputs := allNames(body), make(map[string]int), setOf(f.Output)
	c := &callee{FunctionProto: f, returned: make(map[int]int), memory: memoryOf(f)}
	for i, name := range f.Input {
		inputs[name] = i
		c.unfit = c.unfit || name == "" || defined[name]
	}
	for _, name := range freeNames(body) {
		_, given := inputs[name]
		c.unfit = c.unfit || !given
	}
	for i, name := range f.Output {
		at, given := inputs[name]
		c.unfit = c.unfit || !given && !defined[name]
		if given {
			c.returned[i] = at
		}
	}
	c.unfit = c.unfit || len(inputs) < len(f.Input) || len(outputs) < len(f.Output) || slices.ContainsFunc(f.AttributeProto, hasGraphs)
	for name := range defined {
		if name != "" && !outputs[name] {
			c.inner = append(c.inner, name)
		}
	}
	slices.Sort(c.inner)
	return c
}

// fits reports whether the body can stand in place of a call. Graphs as arguments
// would be nested ever deeper.
func (c *callee) fits(call *onnxpb.NodeProto) bool {
	if c.unfit || len(call.Input) > len(c.Input) || len(call.Output) > len(c.Output) || slices.ContainsFunc(call.Attribute, hasGraphs) {
		return false
	}
	for _, at := range c.returned {
		if at >= len(call.Input) || call.Input[at] == "" {
			return false
		}
	}
	return true
}

func hasGraphs(a *onnxpb.AttributeProto) bool { return a.G != nil || len(a.Graphs) > 0 }

// body returns copies of f's nodes with the names and attributes of a call, and
// false if there is no room for them.
func (in *inliner) body(f *callee, call *onnxpb.NodeProto) ([]*onnxpb.NodeProto, bool) {
	in.calls++
	prefix := call.GetName()
	if prefix == "" {
		prefix = fmt.Sprintf("%s_%d", f.GetName(), in.calls)
	}
	names := make(map[string]string)
	for i, name := range f.Input {
		names[name] = ""
		if i < len(call.Input) {
			names[name] = call.Input[i]
		}
	}
	var returns []*onnxpb.NodeProto // of inputs as they are
	inner := f.inner
	for i, name := range f.Output {
		at, isInput := f.returned[i]
		switch used := i < len(call.Output) && call.Output[i] != ""; {
		case used && isInput:
			returns = append(returns, &onnxpb.NodeProto{OpType: proto.String("Identity"), Input: []string{call.Input[at]}, Output: []string{call.Output[i]}})
		case used:
			names[name] = call.Output[i]
		case !isInput: // it may be used inside
			inner = append(slices.Clip(inner), name)
		}
	}
	for _, name := range inner {
		if !in.spend(len(prefix) + len(name) + bytesPerName) {
			return nil, false
		}
		names[name] = in.names.free(prefix + "/" + name)
	}
	given := make(map[string]*onnxpb.AttributeProto)
	for _, a := range slices.Concat(f.AttributeProto, call.Attribute) {
		given[a.GetName()] = a
	}
	body := new(onnxpb.GraphProto)
	for _, node := range f.Node {
		node = proto.CloneOf(node)
		if !in.resolveAttributes(node, given) || !in.spend(len(prefix)) {
			return nil, false
		}
		if node.GetName() != "" { // nodes without a name may be several
			node.Name = proto.String(prefix + "/" + node.GetName())
		}
		body.Node = append(body.Node, node)
	}
	rename(body, names)
	return append(returns, body.Node...), true
}

// bytesPerName is about what a name takes in the tables of names, beside its letters.
const bytesPerName = 128

// resolveAttributes gives a node's attributes that refer to the function's the
// values of the call, and removes those that it leaves out. It returns false if
// there is no room for them.
func (in *inliner) resolveAttributes(node *onnxpb.NodeProto, given map[string]*onnxpb.AttributeProto) bool {
	node.Attribute = slices.DeleteFunc(node.Attribute, func(a *onnxpb.AttributeProto) bool {
		return a.GetRefAttrName() != "" && given[a.GetRefAttrName()] == nil
	})
	for i, a := range node.Attribute {
		if value := given[a.GetRefAttrName()]; a.GetRefAttrName() != "" {
			if !in.spend(memoryOf(value)) {
				return false
			}
			node.Attribute[i] = proto.CloneOf(value)
			node.Attribute[i].Name = a.Name
		}
	}
	for _, inner := range subgraphs(node) {
		for _, other := range inner.Node {
			if !in.resolveAttributes(other, given) {
				return false
			}
		}
	}
	return true
}
