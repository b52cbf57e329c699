package head

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLinearGivesTheLogit compares with Logits, for every kind of head.
func TestLinearGivesTheLogit(t *testing.T) {
	const dim, hidden, classes = 12, 7, 5
	random := rand.New(rand.NewPCG(1, 2))
	layer := func(in, out int) dense {
		d := dense{in: in, weight: make([]float32, in*out), bias: make([]float32, out)}
		for i := range d.weight {
			d.weight[i] = float32(random.NormFloat64())
		}
		for i := range d.bias {
			d.bias[i] = float32(random.NormFloat64())
		}
		return d
	}
	for name, h := range map[string]*Head{
		"linear":         {layers: []dense{layer(dim, classes)}, temperature: 1.7},
		"unit":           {layers: []dense{layer(dim, classes)}, temperature: 0.3, unit: true},
		"perceptron":     {layers: []dense{layer(dim, hidden), layer(hidden, classes)}, temperature: 2},
		"binary":         {layers: []dense{layer(dim, 2)}, temperature: 1},
		"scaled":         {layers: []dense{layer(dim, classes)}, temperature: 1, scale: layer(dim, 1).weight},
		"unit, scaled":   {layers: []dense{layer(dim, classes)}, temperature: 1, scale: layer(dim, 1).weight, unit: true},
		"unit, of zeros": {layers: []dense{layer(dim, classes)}, temperature: 1, unit: true},
	} {
		row, weights := make([]float32, dim), make([]float64, dim)
		for i := range row {
			row[i] = float32(random.NormFloat64())
		}
		if name == "unit, of zeros" {
			clear(row)
		}
		logits := h.Logits(row, nil)
		mean := 0.0
		for _, v := range logits {
			mean += v / float64(len(logits))
		}
		for class, want := range logits {
			got := h.Linear(row, class, weights)
			for j, w := range weights {
				got += w * float64(row[j])
			}
			if math.Abs(got-(want-mean)) > 1e-9 {
				t.Errorf("%s, class %d: %v, want %v", name, class, got, want-mean)
			}
		}
	}
}
