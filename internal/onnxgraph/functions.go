package onnxgraph

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// InlineFunctions replaces calls of the model's own functions, in the graph, by
// their operators. Calls stay where that could change what is computed: where a
// function relies on another version of operators than the model, calls itself, is
// called with values that do not fit, or inside a branch or loop. A model that would
// grow too large stays as it is, apart from the calls replaced so far.
//
// Validate must be called afterwards: it does not look into functions.
func (m *Model) InlineFunctions() {
	if len(m.pb.Functions) == 0 {
		return
	}
	in := &inliner{
		model: m, callees: make(map[functionID]*callee), names: namesOf(m.pb.Graph),
		versions: make(map[string]int64), own: make(map[string]bool), active: make(map[functionID]bool),
		room: leastRoom + proto.Size(m.pb),
	}
	for id, f := range m.functions() {
		in.callees[id] = newCallee(f)
		in.own[id.domain] = true
	}
	for _, id := range m.pb.OpsetImport {
		in.versions[domain(id)] = id.GetVersion()
	}
	m.pb.Graph.Node = in.expand(m.pb.Graph.Node)
	m.dropUnusedFunctions()
}

type functionID struct{ domain, name, overload string }

func idOf(f *onnxpb.FunctionProto) functionID {
	return functionID{domain(f), f.GetName(), f.GetOverload()}
}

func calleeOf(node *onnxpb.NodeProto) functionID {
	return functionID{domain(node), node.GetOpType(), node.GetOverload()}
}

// functions returns the model's functions.
func (m *Model) functions() map[functionID]*onnxpb.FunctionProto {
	functions := make(map[functionID]*onnxpb.FunctionProto)
	for _, f := range m.pb.Functions {
		functions[idOf(f)] = f
	}
	return functions
}

type inliner struct {
	model    *Model
	callees  map[functionID]*callee
	names    *uniqueNames     // of values
	versions map[string]int64 // of the model's operators, by domain
	own      map[string]bool  // domains of functions, whose versions mean nothing
	active   map[functionID]bool
	calls    int
	// room is the memory that copies may still take: functions that call each other
	// could multiply without end.
	room int
}

// spend takes memory from the room and reports whether there was enough.
func (in *inliner) spend(bytes int) bool {
	in.room -= bytes
	return in.room >= 0
}

// expand returns nodes with calls replaced. Active are the functions whose bodies
// they come from.
func (in *inliner) expand(nodes []*onnxpb.NodeProto) []*onnxpb.NodeProto {
	var out []*onnxpb.NodeProto
	for _, node := range nodes {
		id := calleeOf(node)
		f := in.callees[id]
		if f == nil || in.active[id] || len(in.active) > maxDepth || !f.fits(node) || !in.spend(f.memory) || !in.adopt(f) {
			out = append(out, node)
			continue
		}
		if body, ok := in.body(f, node); ok {
			in.active[id] = true
			out = append(out, in.expand(body)...)
			delete(in.active, id)
		} else {
			out = append(out, node)
		}
	}
	return out
}

// adopt reports whether the model has the versions of operators that f relies on,
// after adding those of domains it lacks.
func (in *inliner) adopt(f *callee) bool {
	for _, id := range f.OpsetImport {
		version, known := in.versions[domain(id)]
		if known && version != id.GetVersion() && !in.own[domain(id)] {
			return false
		}
	}
	for _, id := range f.OpsetImport {
		if _, known := in.versions[domain(id)]; !known {
			in.versions[domain(id)] = id.GetVersion()
			in.model.pb.OpsetImport = append(in.model.pb.OpsetImport, id)
		}
	}
	return true
}

// dropUnusedFunctions removes functions that nothing calls any more, and the
// versions of their domains.
func (m *Model) dropUnusedFunctions() {
	called := make(map[functionID]bool)
	domains := make(map[string]bool)
	functions := m.functions()
	open := [][]*onnxpb.NodeProto{m.pb.Graph.Node}
	for len(open) > 0 {
		nodes := open[len(open)-1]
		open = open[:len(open)-1]
		for _, node := range nodes {
			domains[domain(node)] = true
			for _, inner := range subgraphs(node) {
				open = append(open, inner.Node)
			}
			if id := calleeOf(node); functions[id] != nil && !called[id] {
				called[id] = true
				open = append(open, functions[id].Node)
			}
		}
	}
	m.pb.Functions = slices.DeleteFunc(m.pb.Functions, func(f *onnxpb.FunctionProto) bool {
		return !called[idOf(f)]
	})
	m.pb.OpsetImport = slices.DeleteFunc(m.pb.OpsetImport, func(id *onnxpb.OperatorSetIdProto) bool {
		return domain(id) != "" && !domains[domain(id)]
	})
}
