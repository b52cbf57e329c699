package mlp

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// rings draws embeddings whose class is told by their distance from a centre
// alone, so that no plane parts them; the last value never varies.
func rings(n, dim, classes int, seed uint64) (matrix.Dense, []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := matrix.New(n, dim)
	labels := make([]int, n)
	for i := range n {
		labels[i] = i % classes
		row := x.Row(i)
		for j := range row {
			row[j] = 5 + float32(rng.NormFloat64())*float32(1+3*labels[i])
		}
		row[dim-1] = 0.1
	}
	return x, labels
}

func mustTrainer(t testing.TB, x matrix.Float32, labels []int, classes int, weights []float64, opt Options) *Trainer {
	t.Helper()
	tr, err := New(context.Background(), x, labels, classes, weights, opt)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func mustFit(t testing.TB, x matrix.Float32, labels []int, classes int, weights []float64, opt Options, epochs int) *Network {
	t.Helper()
	tr := mustTrainer(t, x, labels, classes, weights, opt)
	if _, err := tr.Train(context.Background(), epochs); err != nil {
		t.Fatal(err)
	}
	return tr.Network()
}

// Logits stores one number per class in dst, for a row of any length.
func (n *Network) Logits(row []float32, dst []float32) {
	unit := slices.Clone(row)
	blas32.Scal(1/max(blas32.Nrm2(vector(row)), minNorm), vector(unit))
	row = unit
	hidden := make([]float32, n.Hidden.Out)
	n.Hidden.apply(row, hidden)
	for k, v := range hidden {
		hidden[k] = max(v, 0)
	}
	n.Output.apply(hidden, dst)
}

func (d *Dense) apply(x, dst []float32) {
	for k, b := range d.Bias {
		dst[k] = b + blas32.Dot(vector(x), vector(d.row(k)))
	}
}

func accuracy(n *Network, x matrix.Float32, labels []int) float64 {
	right := 0
	for i, label := range labels {
		if predict(n, x.Row(i)) == label {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

func predict(n *Network, row []float32) int {
	logits := make([]float32, n.Output.Out)
	n.Logits(row, logits)
	best := 0
	for c, z := range logits {
		if z > logits[best] {
			best = c
		}
	}
	return best
}
