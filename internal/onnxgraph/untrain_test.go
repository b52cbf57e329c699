package onnxgraph

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// network is a convolution, a batch norm and a layer, all trained to the value 7.
func network() *Model {
	sevens := func(n int) []float32 { return slices.Repeat([]float32{7}, n) }
	m := New("m")
	m.AddFloats("filter", sevens(64*16*3*3), 64, 16, 3, 3)
	m.AddFloats("filter_bias", sevens(64), 64)
	for _, name := range []string{"scale", "bias", "mean", "variance"} {
		m.AddFloats(name, sevens(64), 64)
	}
	m.AddFloats("layer", sevens(32*64), 32, 64)
	m.AddFloats("matrix", sevens(32*200), 32, 200)
	m.AddFloats("other", sevens(1), 1)
	m.AddNode("Conv", []string{"in", "filter", "filter_bias"}, []string{"a"})
	m.AddNode("BatchNormalization", []string{"a", "scale", "bias", "mean", "variance"}, []string{"b"})
	m.AddNode("GlobalAveragePool", []string{"b"}, []string{"c"})
	m.AddNode("Flatten", []string{"c"}, []string{"d"})
	m.AddNode("Gemm", []string{"d", "layer"}, []string{"e"}, Int("transB", 1))
	m.AddNode("MatMul", []string{"e", "matrix"}, []string{"f"})
	m.AddNode("Add", []string{"f", "other"}, []string{"out"})
	return m
}

func TestUntrain(t *testing.T) {
	m, same, other := network(), network(), network()
	for n, m := range []*Model{m, same, other} {
		if err := m.Untrain(uint64(n / 2)); err != nil {
			t.Fatal(err)
		}
	}
	for name, fanIn := range map[string]float64{"filter": 16 * 3 * 3, "layer": 64, "matrix": 32} {
		values, _, err := m.Floats(name)
		if err != nil {
			t.Fatal(err)
		}
		exact := make([]float64, len(values))
		for i, v := range values {
			exact[i] = float64(v)
		}
		mean, deviation := stat.MeanStdDev(exact, nil)
		if want := math.Sqrt(2 / fanIn); math.Abs(deviation/want-1) > 0.06 || math.Abs(mean) > 0.1*want {
			t.Errorf("%s: mean %g, deviation %g, want %g", name, mean, deviation, want)
		}
		again, _, _ := same.Floats(name)
		others, _, _ := other.Floats(name)
		if !slices.Equal(again, values) || slices.Equal(others, values) {
			t.Errorf("%s does not depend on the seed alone", name)
		}
	}
	for name, want := range map[string]float32{"filter_bias": 0, "scale": 1, "bias": 0, "mean": 0, "variance": 1, "other": 7} {
		values, _, err := m.Floats(name)
		if err != nil || slices.ContainsFunc(values, func(v float32) bool { return v != want }) {
			t.Errorf("%s: %v, %v", name, values, err)
		}
	}
	if err := New("empty").Untrain(1); err == nil {
		t.Error("a model without weights was untrained")
	}
}

func TestUntrainRefusesQuantised(t *testing.T) {
	m := New("m")
	m.AddInt8s("filter", make([]int8, 9), 1, 1, 3, 3)
	m.AddNode("Conv", []string{"in", "filter"}, []string{"out"})
	if err := m.Untrain(1); err == nil {
		t.Error("int8 weights were drawn")
	}
}
