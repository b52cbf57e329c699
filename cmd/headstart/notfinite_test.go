package main

import (
	"os"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/rogpeppe/go-internal/testscript"
)

// rootBackbone (root-backbone FILE) writes a network whose embedding is the root
// of the mean colour less 12 levels of 255: NaN for a black picture.
func rootBackbone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: root-backbone FILE")
	}
	m := onnxgraph.New("root")
	any, side := onnxgraph.Dim{Size: -1, Name: "N"}, onnxgraph.Dim{Size: 32}
	m.AddInput(onnxgraph.Value{Name: "picture", Type: onnxgraph.Uint8, Shape: []onnxgraph.Dim{any, side, side, {Size: 3}}})
	m.AddFloats("dark", []float32{12}, 1)
	m.AddNode("Cast", []string{"picture"}, []string{"levels"}, onnxgraph.Int("to", int64(onnxgraph.Float32)))
	m.AddNode("ReduceMean", []string{"levels"}, []string{"colour"}, onnxgraph.Int("keepdims", 0),
		onnxgraph.Ints("axes", 1, 2))
	m.AddNode("Sub", []string{"colour", "dark"}, []string{"light"})
	m.AddNode("Sqrt", []string{"light"}, []string{"root"})
	m.AddOutput(onnxgraph.FloatRows("root", 3))
	m.SetMetadata(backbone.PreprocessingKey, `{"resize":36,"crop":32,"filter":"bilinear","mean":[0,0,0],"std":[1,1,1],"layout":"NHWC","type":"uint8"}`)
	content, err := m.Marshal()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o666))
}
