package onnxgraph

import (
	"testing"
)

// TestTakeFloatsRounds gives values between whole numbers to a graph of bytes,
// and any to one of float16.
func TestTakeFloatsRounds(t *testing.T) {
	for elements, want := range map[ElementType][]float32{
		Uint8:   {1, 3, 255},
		Float16: {0.5, 2.5996094, 254.625},
		Float32: {0.5, 2.6, 254.6},
	} {
		m := New("m")
		in := FloatRows("in", 3)
		in.Type = elements
		m.AddInput(in)
		m.AddOutput(FloatRows("out", 3))
		m.AddNode("Cast", []string{"in"}, []string{"out"}, Int("to", int64(Float32)))
		if err := m.TakeFloats("in"); err != nil {
			t.Fatal(err)
		}
		equal(t, runOn(t, m, []float32{0.5, 2.6, 254.6}, "out"), want)
	}
}

func TestDequantiseNeedsAScale(t *testing.T) {
	for name, c := range map[string]struct{ inputs, outputs []string }{
		"an input of the graph":      {[]string{"in"}, []string{"out"}},
		"no input":                   {nil, []string{"out"}},
		"an input that is left out":  {[]string{""}, []string{"out"}},
		"an output that is left out": {[]string{""}, []string{"", "out"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := New("m")
			m.AddInput(Value{Name: "in", Type: Uint8, Shape: []Dim{{Size: 1}}})
			m.AddNode("Identity", c.inputs, c.outputs)
			if _, err := m.Dequantise("out"); err == nil || err.Error() != "cannot find the scale of the 8-bit numbers in out" {
				t.Error(err)
			}
		})
	}
}
