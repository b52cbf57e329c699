package onnxgraph

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// scale is the model out = in × by, of two columns.
func scale(name, in, out string, by ...float32) *Model {
	m := New(name)
	m.AddInput(FloatRows(in, 2))
	m.AddOutput(FloatRows(out, 2))
	m.AddFloats("weight", by, 2)
	m.AddNode("Mul", []string{in, "weight"}, []string{out})
	return m
}

func withOpset(m *Model, version int64) *Model {
	m.pb.OpsetImport[0].Version = proto.Int64(version)
	return m
}

// run runs a model on the row 3, -5 and returns the named outputs.
func run(t *testing.T, m *Model, outputs ...string) [][]float32 {
	t.Helper()
	return runOn(t, m, []float32{3, -5}, outputs...)
}

// runOn runs a model on one row and returns the named outputs, which are rows as
// long.
func runOn(t *testing.T, m *Model, row []float32, outputs ...string) [][]float32 {
	t.Helper()
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	var rows [][]float32
	for _, output := range outputs {
		model := ort.Model{Path: "model.onnx", Data: bytesOf(t, m), Input: m.Inputs()[0].Name, InputShape: []int64{-1, int64(len(row))}, Output: output, OutputShape: []int64{-1, int64(len(row))}}
		rows = append(rows, runModel(t, model, row))
	}
	return rows
}

// runModel runs a model on a batch of one.
func runModel(t *testing.T, model ort.Model, input []float32) []float32 {
	t.Helper()
	orttest.Library(t)
	session, err := ort.Open(model, ort.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	runner, err := session.Runner(1)
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	copy(runner.Floats(), input)
	if err := runner.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(runner.Output())
}

func equal(t *testing.T, got [][]float32, want ...[]float32) {
	t.Helper()
	if !slices.EqualFunc(got, want, slices.Equal[[]float32]) {
		t.Errorf("gave %v, want %v", got, want)
	}
}

func TestMergeComputesOneAfterTheOther(t *testing.T) {
	merged, err := Merge(scale("a", "in", "out", 2, 3), scale("b", "in", "out", 10, 100), map[string]string{"out": "in"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, run(t, merged, "out", "b/out"), []float32{6, -15}, []float32{60, -1500})
	if err := merged.Cut("b/out"); err != nil {
		t.Fatal(err)
	}
	if err := merged.Rename("b/out", "result"); err != nil {
		t.Fatal(err)
	}
	equal(t, run(t, merged, "result"), []float32{60, -1500})
}

func TestMergeLeavesBothModelsAsTheyWere(t *testing.T) {
	a, b := scale("a", "in", "out", 2, 3), withOpset(scale("b", "in", "out", 10, 100), 17)
	a.SetMetadata("who", "a")
	b.SetMetadata("who", "b")
	b.SetMetadata("what", "b")
	before := [][]byte{bytesOf(t, a), bytesOf(t, b)}
	merged, err := Merge(a, b, map[string]string{"out": "in"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(bytesOf(t, a), before[0]) || !slices.Equal(bytesOf(t, b), before[1]) {
		t.Error("a model has changed")
	}
	who, _ := merged.Metadata("who")
	if what, _ := merged.Metadata("what"); who != "a" || what != "b" {
		t.Errorf("metadata %s and %s", who, what)
	}
}

func bytesOf(t *testing.T, m *Model) []byte {
	t.Helper()
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMergeRaisesOpsets gives every kind of change between opsets 7 and 18 to
// the older model.
func TestMergeRaisesOpsets(t *testing.T) {
	newer := withOpset(scale("newer", "in", "out", 1, 1), 18)
	for name, c := range map[string]struct {
		node *onnxpb.NodeProto
		want []float32
	}{
		"limits": {node("Clip", attribute("min", float32(-1)), attribute("max", float32(2))), []float32{2, -1}},
		"limit":  {node("Clip", attribute("max", float32(2))), []float32{2, -5}},
		"ratio":  {node("Dropout", attribute("ratio", float32(0.1))), []float32{3, -5}},
		"pads":   {node("Pad", attribute("pads", []int64{0, 1, 0, -1}), attribute("value", float32(7))), []float32{7, 3}},
		"mean":   {node("ReduceMean", attribute("axes", []int64{0})), []float32{3, -5}},
		"slice":  {node("Slice", attribute("starts", []int64{0}), attribute("ends", []int64{2}), attribute("axes", []int64{1})), []float32{3, -5}},
		"same":   {node("Relu"), []float32{3, 0}},
	} {
		older := withOpset(New("older"), 7)
		older.AddInput(FloatRows("x", 2))
		older.AddOutput(FloatRows("y", 2))
		older.pb.Graph.Node = []*onnxpb.NodeProto{c.node}
		merged, err := Merge(older, newer, map[string]string{"y": "in"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		equal(t, run(t, merged, "out"), c.want)
		merged, err = Merge(newer, older, map[string]string{"out": "x"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		equal(t, run(t, merged, "y"), c.want)
	}
}

func TestMergeRefuses(t *testing.T) {
	softmax := withOpset(scale("soft", "in", "out", 1, 1), 12)
	softmax.pb.Graph.Node = []*onnxpb.NodeProto{{OpType: proto.String("Softmax"), Input: []string{"in"}, Output: []string{"out"}}}
	for want, c := range map[string]struct {
		a, b  *Model
		joint map[string]string
	}{
		`graph a has no output "z"`:                {scale("a", "in", "out", 1, 1), scale("b", "in", "out", 1, 1), map[string]string{"z": "in"}},
		`graph b has no input "z"`:                 {scale("a", "in", "out", 1, 1), scale("b", "in", "out", 1, 1), map[string]string{"out": "z"}},
		"changed its meaning in opset 13":          {softmax, scale("b", "in", "out", 1, 1), map[string]string{"out": "in"}},
		"from opset 13 to 99: only opsets 7 to 28": {scale("a", "in", "out", 1, 1), withOpset(scale("b", "in", "out", 1, 1), 99), map[string]string{"out": "in"}},
		"may have changed its meaning":             {withOpset(replaceOp("Upsample"), 9), scale("b", "in", "out", 1, 1), map[string]string{"out": "in"}},
		"versions 1 and 2 of the operators of my":  {withDomain(1), withDomain(2), map[string]string{"out": "in"}},
	} {
		if _, err := Merge(c.a, c.b, c.joint); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func replaceOp(op string) *Model {
	m := scale("a", "in", "out", 1, 1)
	m.pb.Graph.Node[0].OpType = proto.String(op)
	return m
}

func withDomain(version int64) *Model {
	m := scale("m", "in", "out", 1, 1)
	m.pb.OpsetImport = append(m.pb.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String("my"), Version: proto.Int64(version)})
	return m
}

// node is an operator that takes x and gives y.
func node(op string, attributes ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
	return &onnxpb.NodeProto{OpType: proto.String(op), Input: []string{"x"}, Output: []string{"y"}, Attribute: attributes}
}

func attribute(name string, value any) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: proto.String(name)}
	switch v := value.(type) {
	case float32:
		a.Type, a.F = onnxpb.AttributeProto_FLOAT.Enum(), proto.Float32(v)
	case int64:
		a.Type, a.I = onnxpb.AttributeProto_INT.Enum(), proto.Int64(v)
	case []int64:
		a.Type, a.Ints = onnxpb.AttributeProto_INTS.Enum(), v
	}
	return a
}

// TestMergeLooksAtEachPartOnce takes minutes where each name, domain or entry is
// compared with all others.
func TestMergeLooksAtEachPartOnce(t *testing.T) {
	const many = 20000
	large := func(name string) *Model {
		m := withOpset(scale(name, "in", "out", 1, 1), map[string]int64{"a": 13, "b": 7}[name])
		for i := range many {
			m.AddNode("Clip", []string{"in"}, []string{fmt.Sprintf("%s%d", name, i)}, Attribute{attribute("min", float32(0))})
			m.pb.Graph.Node[i+1].Name = proto.String("clip")
			m.pb.MetadataProps = append(m.pb.MetadataProps, &onnxpb.StringStringEntryProto{Key: proto.String(fmt.Sprint(name, i))})
			m.pb.OpsetImport = append(m.pb.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String(fmt.Sprint("domain", i)), Version: proto.Int64(1)})
			m.pb.Functions = append(m.pb.Functions, function(fmt.Sprint("F", i), "x", "y", op("Relu", "x", "y")))
		}
		return m
	}
	merged, err := Merge(large("a"), large("b"), map[string]string{"out": "in"})
	if err != nil {
		t.Fatal(err)
	}
	if err := merged.Validate(); err != nil {
		t.Error(err)
	}
	names := make(map[string]int)
	for _, node := range merged.pb.Graph.Node {
		names[node.GetName()]++
	}
	if names["clip"] != many || len(names) != many+3 {
		t.Errorf("%d operators are named clip, %d have names of their own", names["clip"], len(names)-1)
	}
	if n := len(merged.Header().Metadata); n != 2*many || len(merged.pb.OpsetImport) != many+1 || len(merged.pb.Functions) != many {
		t.Errorf("%d entries, %d domains, %d functions", n, len(merged.pb.OpsetImport), len(merged.pb.Functions))
	}
}
