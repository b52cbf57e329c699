package fusedmodel_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

const side = 4

// averages is a backbone whose embedding is the mean of each channel. Its
// output has the name that the joined model's output is to have.
func averages(n fusedmodel.Normalisation) fusedmodel.Part {
	m := onnxgraph.New("averages")
	shape, axes := []onnxgraph.Dim{{Size: -1}, {Size: 3}, {Size: side}, {Size: side}}, []int64{2, 3}
	if n.NHWC {
		shape, axes = []onnxgraph.Dim{{Size: -1}, {Size: side}, {Size: side}, {Size: 3}}, []int64{1, 2}
	}
	input := onnxgraph.Value{Name: "x", Type: onnxgraph.Float32, Shape: shape}
	if n.Bytes {
		input.Type = onnxgraph.Uint8
	}
	m.AddInput(input)
	m.AddNode("Cast", []string{"x"}, []string{"probabilities"}, onnxgraph.Int("to", int64(onnxgraph.Float32)))
	m.AddNode("ReduceMean", []string{"probabilities"}, []string{"embedding"}, onnxgraph.Int("keepdims", 0),
		onnxgraph.Ints("axes", axes...))
	m.AddOutput(onnxgraph.FloatRows("embedding", 3))
	return fusedmodel.Part{Model: m, Input: "x", Output: "embedding"}
}

// doubler is a head that gives twice the embedding.
func doubler() fusedmodel.Part {
	m := onnxgraph.New("doubler")
	m.AddInput(onnxgraph.FloatRows("embedding", 3))
	m.AddNode("Add", []string{"embedding", "embedding"}, []string{"probabilities"})
	m.AddOutput(onnxgraph.FloatRows("probabilities", 3))
	return fusedmodel.Part{Model: m, Input: "embedding", Output: "probabilities"}
}

// level is that of a picture whose channels differ in mean and in place.
func level(channel, y, x int) float32 { return float32(10*channel + 20*y + x) }

func TestJoinTakesPixelsInEveryLayout(t *testing.T) {
	for _, layout := range []string{fusedmodel.Bytes, fusedmodel.Floats} {
		for _, n := range []fusedmodel.Normalisation{
			{Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}},
			{Mean: [3]float32{1, 2, 3}, Std: [3]float32{4, 5, 6}, NHWC: true},
			{Bytes: true, Std: [3]float32{1, 1, 1}},
			{Bytes: true, NHWC: true, Std: [3]float32{1, 1, 1}},
		} {
			t.Run(fmt.Sprintf("%s %+v", layout, n), func(t *testing.T) {
				n.Side = side
				whole, err := fusedmodel.Join(layout, n, averages(n), doubler(), map[string]any{"classes": []string{"a", "b"}, "kind": "x"})
				if err != nil {
					t.Fatal(err)
				}
				if text, _ := whole.Metadata("classes"); text != `["a","b"]` {
					t.Errorf("classes %s", text)
				}
				if text, _ := whole.Metadata("kind"); text != "x" {
					t.Errorf("kind %s", text)
				}
				embedding, probabilities := run(t, whole, layout, fusedmodel.Embedding), run(t, whole, layout, fusedmodel.Probabilities)
				for channel := range 3 {
					mean := level(channel, 0, 0) + 20*1.5 + 1.5
					if !n.Bytes {
						mean = (mean - n.Mean[channel]) / n.Std[channel]
					} // levels are whole numbers, so that rounding changes none
					if math.Abs(float64(embedding[channel]-mean)) > 1e-5 || math.Abs(float64(probabilities[channel]-2*mean)) > 1e-5 {
						t.Errorf("channel %d: %v and %v, the mean is %v", channel, embedding[channel], probabilities[channel], mean)
					}
				}
			})
		}
	}
}

// run gives one output for the picture of levels.
func run(t *testing.T, whole *onnxgraph.Model, layout, output string) []float32 {
	t.Helper()
	orttest.Library(t)
	data, err := whole.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	model := ort.Model{
		Path: "whole.onnx", Data: data, Input: fusedmodel.Image, InputShape: []int64{-1, 3, side, side},
		Bytes: layout == fusedmodel.Bytes, Output: output, OutputShape: []int64{-1, 3},
	}
	if model.Bytes {
		model.InputShape = []int64{-1, side, side, 3}
	}
	session, err := ort.Open(model, ort.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	runner, err := session.Runner(2) // the second picture is black
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	for channel := range 3 {
		for y := range side {
			for x := range side {
				if model.Bytes {
					runner.Bytes()[(y*side+x)*3+channel] = uint8(level(channel, y, x))
				} else {
					runner.Floats()[(channel*side+y)*side+x] = level(channel, y, x)
				}
			}
		}
	}
	if err := runner.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), runner.Output()[:3]...)
}

func TestJoinRefuses(t *testing.T) {
	n := fusedmodel.Normalisation{Side: side, Std: [3]float32{1, 1, 1}}
	if _, err := fusedmodel.Join("int8", n, averages(n), doubler(), nil); err == nil || !strings.Contains(err.Error(), "int8") {
		t.Errorf("an unknown layout: %v", err)
	}
	wrong := doubler()
	wrong.Input = "nothing"
	if _, err := fusedmodel.Join(fusedmodel.Bytes, n, averages(n), wrong, nil); err == nil || !strings.Contains(err.Error(), "head") {
		t.Errorf("an input that is not there: %v", err)
	}
}
