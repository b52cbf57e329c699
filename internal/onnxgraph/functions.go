package onnxgraph

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// maxInlined bounds the nodes that InlineFunctions makes: functions that call
// each other could multiply without end.
const maxInlined = 1 << 18

// InlineFunctions replaces calls of the model's own functions, in the graph, by
// their operators. Calls stay where that could change what is computed: where a
// function relies on another version of operators than the model, calls itself, or
// is called inside a branch or loop. A model that would grow too large stays as it
// is, apart from the calls replaced so far.
func (m *Model) InlineFunctions() {
	if len(m.pb.Functions) == 0 {
		return
	}
	in := &inliner{model: m, taken: allNames(m.pb.Graph), functions: make(map[functionID]*onnxpb.FunctionProto)}
	for _, f := range m.pb.Functions {
		in.functions[functionID{domain(f), f.GetName(), f.GetOverload()}] = f
	}
	m.pb.Graph.Node = in.expand(m.pb.Graph.Node, nil)
	m.dropUnusedFunctions()
}

type functionID struct{ domain, name, overload string }

func calleeOf(node *onnxpb.NodeProto) functionID {
	return functionID{domain(node), node.GetOpType(), node.GetOverload()}
}

type inliner struct {
	model     *Model
	functions map[functionID]*onnxpb.FunctionProto
	taken     map[string]bool // names of values
	calls     int
	made      int
}

// expand returns nodes with calls replaced. active are the functions whose bodies
// they come from.
func (in *inliner) expand(nodes []*onnxpb.NodeProto, active []functionID) []*onnxpb.NodeProto {
	var out []*onnxpb.NodeProto
	for _, node := range nodes {
		id := calleeOf(node)
		f := in.functions[id]
		if f == nil || slices.Contains(active, id) || len(active) > maxDepth || in.made+len(f.Node) > maxInlined || !in.adopt(f) {
			out = append(out, node)
			continue
		}
		in.made += len(f.Node)
		out = append(out, in.expand(in.body(f, node), append(slices.Clone(active), id))...)
	}
	return out
}

// adopt reports whether the model has the versions of operators that f relies on,
// after adding those of domains it lacks.
func (in *inliner) adopt(f *onnxpb.FunctionProto) bool {
	var missing []*onnxpb.OperatorSetIdProto
	for _, id := range f.OpsetImport {
		i := slices.IndexFunc(in.model.pb.OpsetImport, func(known *onnxpb.OperatorSetIdProto) bool { return domain(known) == domain(id) })
		switch {
		case i < 0:
			missing = append(missing, id)
		case in.model.pb.OpsetImport[i].GetVersion() != id.GetVersion() && !in.definesAll(domain(id)):
			return false
		}
	}
	in.model.pb.OpsetImport = append(in.model.pb.OpsetImport, missing...)
	return true
}

// definesAll reports whether a domain is that of the model's functions, whose
// version means nothing.
func (in *inliner) definesAll(domain string) bool {
	for id := range in.functions {
		if id.domain == domain {
			return true
		}
	}
	return false
}

// body returns copies of f's nodes with the names and attributes of a call.
func (in *inliner) body(f *onnxpb.FunctionProto, call *onnxpb.NodeProto) []*onnxpb.NodeProto {
	in.calls++
	names := make(map[string]string)
	bind := func(formal, given []string) {
		for i, name := range formal {
			names[name] = ""
			if i < len(given) {
				names[name] = given[i]
			}
		}
	}
	bind(f.Input, call.Input)
	bind(f.Output, call.Output)
	prefix := call.GetName()
	if prefix == "" {
		prefix = fmt.Sprintf("%s_%d", f.GetName(), in.calls)
	}
	for _, name := range f.Output { // also used inside, and not outside
		if names[name] == "" {
			names[name] = in.fresh(prefix, name)
		}
	}
	given := make(map[string]*onnxpb.AttributeProto)
	for _, a := range slices.Concat(f.AttributeProto, call.Attribute) {
		given[a.GetName()] = a
	}
	g := &onnxpb.GraphProto{}
	for _, node := range f.Node {
		node = proto.CloneOf(node)
		resolveAttributes(node, given)
		if node.GetName() != "" { // nodes without a name may be several
			node.Name = proto.String(apart(node.GetName(), prefix, func(n string) bool { return n == node.GetName() }))
		}
		g.Node = append(g.Node, node)
	}
	for name := range allNames(g) {
		if _, bound := names[name]; !bound && name != "" {
			names[name] = in.fresh(prefix, name)
		}
	}
	rename(g, names)
	// A function may return one of its inputs as it is.
	for i, name := range f.Output {
		if i < len(call.Output) && slices.Contains(f.Input, name) {
			g.Node = append(g.Node, &onnxpb.NodeProto{OpType: proto.String("Identity"), Input: []string{call.Input[slices.Index(f.Input, name)]}, Output: []string{call.Output[i]}})
		}
	}
	return g.Node
}

func (in *inliner) fresh(prefix, name string) string {
	name = apart(prefix+"/"+name, prefix, func(n string) bool { return in.taken[n] })
	in.taken[name] = true
	return name
}

// resolveAttributes gives a node's attributes that refer to the function's the
// values of the call, and removes those that it leaves out.
func resolveAttributes(node *onnxpb.NodeProto, given map[string]*onnxpb.AttributeProto) {
	node.Attribute = slices.DeleteFunc(node.Attribute, func(a *onnxpb.AttributeProto) bool {
		return a.GetRefAttrName() != "" && given[a.GetRefAttrName()] == nil
	})
	for i, a := range node.Attribute {
		if a.GetRefAttrName() != "" {
			node.Attribute[i] = proto.CloneOf(given[a.GetRefAttrName()])
			node.Attribute[i].Name = a.Name
		}
	}
	for _, inner := range subgraphs(node) {
		for _, other := range inner.Node {
			resolveAttributes(other, given)
		}
	}
}

// dropUnusedFunctions removes functions that nothing calls any more, and the
// versions of their domains.
func (m *Model) dropUnusedFunctions() {
	called := make(map[functionID]bool)
	domains := make(map[string]bool)
	var look func(nodes []*onnxpb.NodeProto)
	look = func(nodes []*onnxpb.NodeProto) {
		for _, node := range nodes {
			domains[domain(node)] = true
			id := calleeOf(node)
			first := !called[id]
			called[id] = true
			for _, inner := range subgraphs(node) {
				look(inner.Node)
			}
			if f := m.function(id); f != nil && first {
				look(f.Node)
			}
		}
	}
	look(m.pb.Graph.Node)
	m.pb.Functions = slices.DeleteFunc(m.pb.Functions, func(f *onnxpb.FunctionProto) bool {
		return !called[functionID{domain(f), f.GetName(), f.GetOverload()}]
	})
	m.pb.OpsetImport = slices.DeleteFunc(m.pb.OpsetImport, func(id *onnxpb.OperatorSetIdProto) bool {
		return domain(id) != "" && !domains[domain(id)]
	})
}

func (m *Model) function(id functionID) *onnxpb.FunctionProto {
	for _, f := range m.pb.Functions {
		if (functionID{domain(f), f.GetName(), f.GetOverload()}) == id {
			return f
		}
	}
	return nil
}
