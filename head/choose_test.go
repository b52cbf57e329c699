package head

import (
	"math/rand/v2"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// TestAutoTakesAnotherKindOnlyIfItIsBetter draws classes that differ in the
// length of their embeddings, which LogisticUnit cannot see, and classes that do
// not differ.
func TestAutoTakesAnotherKindOnlyIfItIsBetter(t *testing.T) {
	for _, c := range []struct {
		longer float32 // how much, of every other row
		unit   bool    // LogisticUnit is taken
	}{{0.5, false}, {0, true}} {
		rng := rand.New(rand.NewPCG(1, 1))
		x := matrix.Dense{Data: make([]float32, 4*60), Cols: 4}
		labels := make([]int, x.Len())
		for i := range labels {
			labels[i] = i % 2
			for j := range x.Row(i) {
				x.Row(i)[j] = (1 + c.longer*float32(labels[i])) * (1 + 0.1*rng.Float32())
			}
		}
		_, report := mustFit(t, x, labels, names(2), Options{})
		if got := report.Head == LogisticUnit; got != c.unit || len(report.Candidates) != 3 {
			t.Errorf("%v longer: %s taken of %+v", c.longer, report.Head, report.Candidates)
		}
	}
}
