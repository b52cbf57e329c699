package onnxgraph

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// op is an operator with values separated by blanks.
func op(operator, inputs, outputs string, attributes ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	return &onnxpb.NodeProto{OpType: proto.String(operator), Input: strings.Fields(inputs), Output: strings.Fields(outputs), Attribute: attributes}
}

func function(name, inputs, outputs string, body ...*onnxpb.NodeProto) *onnxpb.FunctionProto {
	return &onnxpb.FunctionProto{Name: proto.String(name), Input: strings.Fields(inputs), Output: strings.Fields(outputs), Node: body}
}

// calling is a model from in to out, rows of two values, with these operators and
// functions.
func calling(nodes []*onnxpb.NodeProto, functions ...*onnxpb.FunctionProto) *Model {
	m := New("m")
	m.AddInput(FloatRows("in", 2))
	m.AddOutput(FloatRows("out", 2))
	m.pb.Graph.Node, m.pb.Functions = nodes, functions
	return m
}

func operators(m *Model) string {
	var names []string
	for _, node := range m.pb.Graph.Node {
		names = append(names, node.GetOpType())
	}
	return strings.Join(names, " ")
}

// TestInlinedFunctionsMayReturnTheirInputs gives functions outputs that are their
// inputs, also where the body uses these.
func TestInlinedFunctionsMayReturnTheirInputs(t *testing.T) {
	m := calling([]*onnxpb.NodeProto{op("F", "in", "same rectified"), op("Add", "same rectified", "out")},
		function("F", "x", "x y", op("Relu", "x", "y")))
	m.InlineFunctions()
	if got := operators(m); got != "Identity Relu Add" {
		t.Errorf("operators %s", got)
	}
	equal(t, run(t, m, "out"), []float32{6, -5})
}

// TestCallsThatDoNotFitStay calls functions in ways that cannot be inlined.
func TestCallsThatDoNotFitStay(t *testing.T) {
	for name, c := range map[string]struct {
		call     *onnxpb.NodeProto
		function *onnxpb.FunctionProto
	}{
		"the input to return is missing":  {op("F", "in", "out"), function("F", "a b", "b")},
		"more inputs than it has":         {op("F", "in in", "out"), function("F", "x", "y", op("Relu", "x", "y"))},
		"more outputs than it has":        {op("F", "in", "out more"), function("F", "x", "y", op("Relu", "x", "y"))},
		"two inputs of one name":          {op("F", "in in", "out"), function("F", "x x", "y", op("Relu", "x", "y"))},
		"two outputs of one name":         {op("F", "in", "out more"), function("F", "x", "y y", op("Relu", "x", "y"))},
		"an output that nothing computes": {op("F", "in", "out"), function("F", "x", "z", op("Relu", "x", "y"))},
		"an input that it computes":       {op("F", "in", "out"), function("F", "x", "y", op("Relu", "x", "x"), op("Relu", "x", "y"))},
		"a value of the calling graph":    {op("F", "in", "out"), function("F", "x", "y", op("Add", "x in", "y"))},
	} {
		m := calling([]*onnxpb.NodeProto{c.call}, c.function)
		m.InlineFunctions()
		if got := operators(m); got != "F" || len(m.pb.Functions) != 1 {
			t.Errorf("%s: operators %s, %d functions", name, got, len(m.pb.Functions))
		}
	}
}

// TestInlinedNamesDoNotClash calls a function from nodes of one name, into a graph
// that has such names already.
func TestInlinedNamesDoNotClash(t *testing.T) {
	nodes := []*onnxpb.NodeProto{op("Relu", "in", "call/a"), op("F", "call/a", "b"), op("F", "b", "out")}
	nodes[1].Name, nodes[2].Name = proto.String("call"), proto.String("call")
	m := calling(nodes, function("F", "x", "y", op("Neg", "x", "a"), op("Neg", "a", "y")))
	m.InlineFunctions()
	equal(t, run(t, m, "out"), []float32{3, 0})
}

// TestInlinedBodiesAreValidated inlines bodies that no graph may have.
func TestInlinedBodiesAreValidated(t *testing.T) {
	for want, body := range map[string][]*onnxpb.NodeProto{
		"computed later or in a cycle":          {op("Identity", "b", "a"), op("Identity", "a", "b"), op("Add", "x a", "y")},
		"has no operator type or no output":     {op("BatchNormalization", "x", ""), op("Relu", "x", "y")},
		"no version for the domain \"foreign\"": {{OpType: proto.String("Op"), Domain: proto.String("foreign"), Input: []string{"x"}, Output: []string{"y"}}},
	} {
		m := calling([]*onnxpb.NodeProto{op("F", "in", "out")}, function("F", "x", "y", body...))
		m.InlineFunctions()
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestInliningIsBounded inlines functions that would multiply a large value.
func TestInliningIsBounded(t *testing.T) {
	large := attribute("value", float32(0))
	large.T = &onnxpb.TensorProto{DataType: proto.Int32(int32(Float32)), Dims: []int64{1 << 18}, RawData: make([]byte, 1<<20)}
	for name, m := range map[string]*Model{
		"a constant": calling(slices.Repeat([]*onnxpb.NodeProto{op("F", "in", "")}, 200),
			function("F", "x", "y", op("Constant", "", "y", large))),
		"an attribute": calling([]*onnxpb.NodeProto{op("F", "in", "out", large)},
			function("F", "x", "y", slices.Repeat([]*onnxpb.NodeProto{op("Constant", "", "", &onnxpb.AttributeProto{Name: proto.String("value"), RefAttrName: proto.String("value")})}, 200)...)),
		"a call's name": calling([]*onnxpb.NodeProto{{Name: proto.String(strings.Repeat("long", 1<<18)), OpType: proto.String("F"), Input: []string{"in"}, Output: []string{"out"}}},
			function("F", "x", "y", slices.Repeat([]*onnxpb.NodeProto{{Name: proto.String("n"), OpType: proto.String("Relu")}}, 200)...)),
		"doubling": calling([]*onnxpb.NodeProto{op("F0", "in", "out")}, doubling(40)...),
	} {
		m.InlineFunctions()
		if size := proto.Size(m.pb); size > 40<<20 {
			t.Errorf("%s: %d bytes", name, size)
		}
	}
}

// doubling returns functions each of which calls the next one twice.
func doubling(n int) (functions []*onnxpb.FunctionProto) {
	for i := range n {
		next := fmt.Sprintf("F%d", i+1)
		functions = append(functions, function(fmt.Sprintf("F%d", i), "x", "y", op(next, "x", "a"), op(next, "a", "y")))
	}
	return append(functions, function(fmt.Sprintf("F%d", n), "x", "y", op("Relu", "x", "y")))
}

// TestManyFunctionsAreInlined takes minutes where each call looks at all functions,
// and the stack where each function looks into the next.
func TestManyFunctionsAreInlined(t *testing.T) {
	const many = 20000
	var nodes []*onnxpb.NodeProto
	var functions []*onnxpb.FunctionProto
	from := "in"
	for i := range many {
		to := fmt.Sprintf("v%d", i)
		if i == many-1 {
			to = "out"
		}
		name := fmt.Sprintf("F%d", i)
		nodes = append(nodes, op(name, from, to))
		f := function(name, "x", "y", op("Relu", "x", "y"))
		f.Domain = proto.String("own")
		f.OpsetImport = []*onnxpb.OperatorSetIdProto{{Domain: proto.String("own"), Version: proto.Int64(int64(i))}}
		nodes[i].Domain = f.Domain
		functions = append(functions, f)
		from = to
	}
	m := calling(nodes, functions...)
	for i, node := range m.Nodes() {
		if !node.Inner {
			t.Fatalf("node %d calls no function", i)
		}
	}
	m.InlineFunctions()
	if n := len(m.pb.Graph.Node); n != many || m.pb.Graph.Node[n-1].GetOpType() != "Relu" || len(m.pb.Functions) > 0 {
		t.Errorf("%d operators, %d functions", n, len(m.pb.Functions))
	}
}

func TestALongChainOfFunctionsNeedsNoStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	const many = 50000
	var functions []*onnxpb.FunctionProto
	for i := range many {
		functions = append(functions, function(fmt.Sprintf("F%d", i), "x", "y", op(fmt.Sprintf("F%d", i+1), "x", "y")))
	}
	m := calling([]*onnxpb.NodeProto{op("F0", "in", "out")}, functions...)
	m.InlineFunctions()
	if got := operators(m); !strings.HasPrefix(got, "F") {
		t.Errorf("operators %s", got)
	}
}

// TestInliningGivesTheSameBytes inlines names that clash in another order.
func TestInliningGivesTheSameBytes(t *testing.T) {
	var first []byte
	for range 20 {
		nodes := []*onnxpb.NodeProto{op("Relu", "in", "call/a"), op("F", "call/a", "out")}
		nodes[1].Name = proto.String("call")
		m := calling(nodes, function("F", "x", "y", op("Neg", "x", "a"), op("Neg", "a", "a_2"), op("Neg", "a_2", "call/a"), op("Neg", "call/a", "y")))
		m.InlineFunctions()
		data := bytesOf(t, m)
		if first == nil {
			first = data
		}
		if !bytes.Equal(data, first) {
			t.Fatal("other bytes")
		}
	}
}
