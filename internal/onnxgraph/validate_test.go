package onnxgraph

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// TestValidateLooksAtEachValueOnce takes minutes where each branch looks at all values
// around it.
func TestValidateLooksAtEachValueOnce(t *testing.T) {
	m := calling(nil)
	for i := range 20000 {
		from, to := fmt.Sprintf("v%d", i-1), fmt.Sprintf("v%d", i)
		if i == 0 {
			from = "in"
		}
		branch := attribute("then_branch", int64(0))
		branch.G = &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{op("Relu", from, "y")}, Output: []*onnxpb.ValueInfoProto{{Name: proto.String("y")}}}
		m.pb.Graph.Node = append(m.pb.Graph.Node, op("If", from, to, branch))
	}
	m.SetOutput(FloatRows("v19999", 2))
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
	m.pb.Graph.Node[0].Attribute[0].G.Node[0].Input[0] = "v1"
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "(y) uses v1, which is computed later") {
		t.Error(err)
	}
}

func TestValidateRefuses(t *testing.T) {
	for want, spoil := range map[string]func(*Model){
		"value out is defined twice":           func(m *Model) { m.AddNode("Relu", []string{"in"}, []string{"out"}) },
		"value in is defined twice":            func(m *Model) { m.AddInput(FloatRows("in", 2)) },
		"uses nowhere, which nothing computes": func(m *Model) { m.AddNode("Relu", []string{"nowhere"}, []string{"x"}) },
		"(a) uses b, which is computed later or in a cycle": func(m *Model) {
			m.AddNode("Add", []string{"in", "b"}, []string{"a"})
			m.AddNode("Relu", []string{"a"}, []string{"b"})
		},
		"(x) uses x, which is computed later or in a cycle": func(m *Model) { m.AddNode("Relu", []string{"x"}, []string{"x"}) },
		"no node computes the output lost":                  func(m *Model) { m.AddOutput(FloatRows("lost", 2)) },
		"its opset is 99; supported are 1 to 28":            func(m *Model) { withOpset(m, 99) },
		"its opset is -1":                                   func(m *Model) { withOpset(m, -1) },
		`no version for the domain "their.own" of operator Mul`: func(m *Model) {
			m.pb.Graph.Node[0].Domain = proto.String("their.own")
		},
		"tensor weight has 8 bytes for shape [3] of FLOAT": func(m *Model) { m.pb.Graph.Initializer[0].Dims = []int64{3} },
		"tensor weight has the shape [-2]":                 func(m *Model) { m.pb.Graph.Initializer[0].Dims = []int64{-2} },
		"has no operator type or no output":                func(m *Model) { m.pb.Graph.Node[0].OpType = nil },
		"without a name":                                   func(m *Model) { m.pb.Graph.Initializer[0].Name = nil },
		"(y) uses elsewhere, which nothing computes": func(m *Model) {
			inner := &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{{OpType: proto.String("Relu"), Input: []string{"elsewhere"}, Output: []string{"y"}}}}
			m.pb.Graph.Node[0].Attribute = append(m.pb.Graph.Node[0].Attribute, &onnxpb.AttributeProto{G: inner})
		},
	} {
		m := scale("m", "in", "out", 1, 1)
		spoil(m)
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestSubgraphsSeeWhatIsAroundThem cuts and renames around an If whose branches
// take values of the graph they stand in.
func TestSubgraphsSeeWhatIsAroundThem(t *testing.T) {
	m := scale("m", "in", "scaled", 2, 3)
	m.AddFloats("unused", []float32{1}, 1)
	branch := func(op string) *onnxpb.GraphProto {
		return &onnxpb.GraphProto{
			Name:   proto.String(op),
			Node:   []*onnxpb.NodeProto{{OpType: proto.String(op), Input: []string{"scaled"}, Output: []string{op}}},
			Output: []*onnxpb.ValueInfoProto{{Name: proto.String(op)}},
		}
	}
	m.pb.Graph.Initializer = append(m.pb.Graph.Initializer, &onnxpb.TensorProto{
		Name: proto.String("yes"), DataType: proto.Int32(int32(onnxpb.TensorProto_BOOL)), RawData: []byte{1},
	})
	m.AddNode("If", []string{"yes"}, []string{"chosen"},
		Attribute{&onnxpb.AttributeProto{Name: proto.String("then_branch"), Type: onnxpb.AttributeProto_GRAPH.Enum(), G: branch("Neg")}},
		Attribute{&onnxpb.AttributeProto{Name: proto.String("else_branch"), Type: onnxpb.AttributeProto_GRAPH.Enum(), G: branch("Abs")}})
	if err := m.Cut("chosen"); err != nil {
		t.Fatal(err)
	}
	if n := len(m.pb.Graph.Initializer); n != 2 {
		t.Errorf("%d initializers are left", n)
	}
	if err := m.Rename("scaled", "other"); err != nil {
		t.Fatal(err)
	}
	equal(t, run(t, m, "chosen"), []float32{-6, 15})
}
