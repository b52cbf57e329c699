package head

import (
	"math/rand/v2"
	"testing"
)

// TestAutoTakesAnotherKindOnlyIfItIsBetter draws classes that differ in the
// length of their embeddings, which LogisticUnit cannot see, and classes that do
// not differ.
func TestAutoTakesAnotherKindOnlyIfItIsBetter(t *testing.T) {
	for _, c := range []struct {
		longer float32 // how much, of every other row
		unit   bool    // LogisticUnit is taken
	}{{0.5, false}, {0, true}} {
		chance := rand.New(rand.NewPCG(1, 1))
		x := matrix{4, make([]float32, 4*60)}
		labels := make([]int, x.Len())
		for i := range labels {
			labels[i] = i % 2
			for j := range x.Row(i) {
				x.Row(i)[j] = (1 + c.longer*float32(labels[i])) * (1 + 0.1*chance.Float32())
			}
		}
		_, report := mustFit(t, x, labels, names(2), Options{})
		if got := report.Head == LogisticUnit; got != c.unit || len(report.Candidates) != 3 {
			t.Errorf("%v longer: %s taken of %+v", c.longer, report.Head, report.Candidates)
		}
	}
}
