package head

import (
	"math"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestMLPDoesNotSeeLengths(t *testing.T) {
	x, labels, classes := draw(40, 6, 2, 1)
	h, r := mustFit(t, x, labels, classes, Options{Head: MLP, Hidden: 8})
	if !slices.Contains(epochGrid, r.Solver.Iterations) || !r.Training.Unit {
		t.Errorf("%+v", r.Training)
	}
	longer := make([]float32, x.Dim())
	for j, v := range x.Row(0) {
		longer[j] = 8 * v
	}
	for k, z := range h.Logits(longer, nil) {
		if want := h.Logits(x.Row(0), nil)[k]; math.Abs(z-want) > 1e-6 {
			t.Errorf("class %d: logit %v, of a longer embedding %v", k, want, z)
		}
	}
}

// TestMLPLearnsFromAllOfFewPhotos has three photos a class, none of which can be
// spared to tell when to stop.
func TestMLPLearnsFromAllOfFewPhotos(t *testing.T) {
	const dim, size = 40, 20
	x := matrix.New(3*size, dim)
	var labels []int
	for i := range 3 * size {
		labels = append(labels, i%size)
		x.Row(i)[i%size] = 1
		x.Row(i)[size+i%7] = 1
	}
	_, r := mustFit(t, x, labels, names(size), Options{Head: MLP})
	if a := r.CrossValidated.Accuracy; a < 0.95 {
		t.Errorf("cross-validated accuracy %v", a)
	}
}
