package backbone

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// classifier is a network whose last layer takes the value "features" and gives
// "scores". The test adds how features are computed from "image".
func classifier(add func(m *onnxgraph.Model)) *onnxgraph.Model {
	m := onnxgraph.New("classifier")
	side := onnxgraph.Dim{Size: 224}
	m.AddInput(onnxgraph.Value{Name: "image", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1}, {Size: 3}, side, side}})
	m.AddOutput(onnxgraph.FloatRows("scores", 10))
	m.AddFloats("weight", make([]float32, 30), 3, 10)
	add(m)
	m.AddNode("MatMul", []string{"features", "weight"}, []string{"scores"})
	return m
}

func contentOf(t testing.TB, m *onnxgraph.Model) []byte {
	t.Helper()
	content, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// withFunction appends a function F from x to y to a model's file. A node is its
// operator, inputs and outputs.
func withFunction(file []byte, nodes ...[3]string) []byte {
	field := func(to []byte, number uint64, content string) []byte { // of protobuf, of type bytes
		return append(binary.AppendUvarint(binary.AppendUvarint(to, number<<3|2), uint64(len(content))), content...)
	}
	body := field(field(field(nil, 1, "F"), 4, "x"), 5, "y")
	for _, node := range nodes {
		encoded := field(nil, 4, node[0])
		for _, input := range strings.Fields(node[1]) {
			encoded = field(encoded, 1, input)
		}
		for _, output := range strings.Fields(node[2]) {
			encoded = field(encoded, 2, output)
		}
		body = field(body, 7, string(encoded))
	}
	return field(file, 25, string(body))
}

// TestMalformedGraphsAreRefused gives graphs that would be followed for ever, or
// beyond their ends.
func TestMalformedGraphsAreRefused(t *testing.T) {
	call := contentOf(t, classifier(func(m *onnxgraph.Model) { m.AddNode("F", []string{"image"}, []string{"features"}) }))
	for want, file := range map[string][]byte{
		"uses b, which is computed later or in a cycle": contentOf(t, classifier(func(m *onnxgraph.Model) {
			m.AddNode("Identity", []string{"b"}, []string{"features"})
			m.AddNode("Identity", []string{"features"}, []string{"b"})
		})),
		"features/b, which is computed later or in a cycle": withFunction(call, [3]string{"Identity", "b", "a"}, [3]string{"Identity", "a", "b"}, [3]string{"Add", "x a", "y"}),
		"has no operator type or no output":                 withFunction(call, [3]string{"BatchNormalization", "x", ""}, [3]string{"Relu", "x", "y"}),
	} {
		path := filepath.Join(t.TempDir(), "network.onnx")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for name, use := range map[string]func() error{
			"resolve": func() error { _, err := Resolve(path); return err },
			"inspect": func() error { _, err := Inspect(path); return err },
		} {
			if err := use(); err == nil || !strings.Contains(err.Error(), "cannot use backbone "+path) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want %s", name, err, want)
			}
		}
	}
}

// TestOmittedValuesAreNotFollowed gives an operator that omits its first output and
// input, which have the same name then.
func TestOmittedValuesAreNotFollowed(t *testing.T) {
	m := classifier(func(m *onnxgraph.Model) {
		m.AddNode("Dropout", []string{"", "image"}, []string{"", "mask"})
		m.AddNode("DequantizeLinear", []string{"", "mask"}, []string{"features"})
	})
	g := newGraph(m)
	if e, found := g.ending("scores"); !found || e.inputs[0] != "features" {
		t.Errorf("%v %v", e, found)
	}
}

// TestLongNetworksNeedNoStack follows 50,000 operators in a row.
func TestLongNetworksNeedNoStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	m := classifier(func(m *onnxgraph.Model) { m.AddNode("Flatten", []string{"image"}, []string{"features"}) })
	at := "scores"
	for i := range 50000 {
		next := fmt.Sprintf("scores_%d", i)
		m.AddNode("Identity", []string{at}, []string{next})
		at = next
	}
	if e, found := newGraph(m).ending(at); !found || len(e.inputs) != 1 || e.inputs[0] != "features" || len(e.after) != 50001 {
		t.Errorf("%v, takes %v", found, e.inputs)
	}
}

// TestWeightsAreFoundOnce takes minutes where each layer looks for the constant that
// its weights come from, or for the attention before it.
func TestWeightsAreFoundOnce(t *testing.T) {
	const many = 20000
	m := classifier(func(m *onnxgraph.Model) { m.AddNode("Flatten", []string{"image"}, []string{"features"}) })
	weight, at := "weight", "features"
	for i := range many {
		m.AddNode("Identity", []string{weight}, []string{fmt.Sprintf("w%d", i)})
		m.AddNode("Dropout", []string{at}, []string{fmt.Sprintf("x%d", i)})
		weight, at = fmt.Sprintf("w%d", i), fmt.Sprintf("x%d", i)
	}
	sums := make([]string, many)
	for i := range sums {
		sums[i] = fmt.Sprintf("sum%d", i)
		m.AddNode("MatMul", []string{at, weight}, sums[i:i+1])
	}
	m.AddNode("Sum", sums, []string{"all"})
	e, found := newGraph(m).ending("all")
	if !found || !e.narrows || len(e.inputs) != 1 || e.inputs[0] != "features" {
		t.Errorf("%v, takes %v, narrows %v", found, e.inputs, e.narrows)
	}
}

func TestTooManyOutputsAreRefused(t *testing.T) {
	m := classifier(func(m *onnxgraph.Model) { m.AddNode("Flatten", []string{"image"}, []string{"features"}) })
	for i := range 200 {
		m.AddOutput(onnxgraph.FloatRows(fmt.Sprintf("x%d", i), 10))
		m.AddNode("Relu", []string{"scores"}, []string{fmt.Sprintf("x%d", i)})
	}
	if _, err := newNetwork(m); err == nil || !strings.Contains(err.Error(), "it has 201 outputs; at most 128") {
		t.Error(err)
	}
}
