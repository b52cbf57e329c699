package backbone

import (
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// inventShapes stands in for ONNX Runtime, which may refuse a network or not: it
// gives each output a shape by its name.
func inventShapes(model []byte) ([]ort.Port, error) {
	m, err := onnxgraph.Parse(model)
	if err != nil {
		return nil, err
	}
	batch := m.Inputs()[0].Shape[0].Size
	shapes := [][]int64{{batch, 10}, {batch, 64}, {batch, 1000}, {batch, 64, 7, 7}, {batch, 64, 1, 1}, {batch, 3, 5}, {1}, {}}
	var ports []ort.Port
	for _, output := range m.Outputs() {
		h := fnv.New32a()
		h.Write([]byte(output.Name))
		port := ort.Port{Name: output.Name, Type: "float", Shape: shapes[h.Sum32()%uint32(len(shapes))]}
		if h.Sum32()%11 == 0 {
			port.Type = "uint8"
		}
		ports = append(ports, port)
	}
	return ports, nil
}

func FuzzNetwork(f *testing.F) {
	files, err := filepath.Glob(testNetwork("*"))
	if err != nil || len(files) == 0 {
		f.Fatal("no networks", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add(contentOf(f, classifier(func(m *onnxgraph.Model) { m.AddNode("Flatten", []string{"image"}, []string{"features"}) })))
	askShapes = inventShapes
	f.Cleanup(func() { askShapes = ort.Describe })
	f.Fuzz(func(t *testing.T, content []byte) {
		hang := time.AfterFunc(time.Minute, func() { panic("it hangs") }) // go test would wait for ever
		defer hang.Stop()
		useNetwork(content)
	})
}

// useNetwork does with a file's content what resolving, inspecting and adding do,
// apart from running it.
func useNetwork(content []byte) {
	if model, err := onnxgraph.Parse(content); err == nil && model.Validate() == nil {
		var b Backbone
		_ = b.describe(model, nil)
	}
	model, err := onnxgraph.Parse(content)
	if err != nil {
		return
	}
	n, err := newNetwork(model)
	if err != nil {
		return
	}
	new(Inspection).describe(n)
	if new(Inspection).measure(n) != nil {
		return
	}
	a := addition{network: n}
	if candidates, err := n.candidates(); err == nil && len(candidates) > 0 {
		_, _ = n.valueNamed(candidates[0].Name)
		_ = n.noValue("none")
	}
	_, _, _ = a.preprocessing("network.onnx", "")
	if a.cut("", Auto) == nil {
		a.model.FreeBatch()
	}
}
