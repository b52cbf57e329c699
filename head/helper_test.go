package head

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// draw makes embeddings such as a convolutional network's: no value is
// negative, a few directions hold most of the variance, and classes overlap.
func draw(n, dim, classes int, seed uint64) (matrix.Dense, []int, []string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	const factors = 32
	mix := make([]float32, factors*dim)
	for i := range mix {
		mix[i] = float32(rng.NormFloat64()) / float32(1+i/dim)
	}
	centres := make([]float32, classes*factors)
	for i := range centres {
		centres[i] = float32(rng.NormFloat64())
	}
	x := matrix.Dense{Data: make([]float32, n*dim), Cols: dim}
	labels := make([]int, n)
	for i := range n {
		labels[i] = i % classes
		row := x.Row(i)
		for f := range factors {
			z := centres[labels[i]*factors+f] + float32(rng.NormFloat64())
			for j := range row {
				row[j] += z * mix[f*dim+j]
			}
		}
		for j := range row {
			row[j] = max(0, row[j]+0.5*float32(rng.NormFloat64()))
		}
	}
	return x, labels, names(classes)
}

func names(classes int) []string {
	out := make([]string, classes)
	for i := range out {
		out[i] = fmt.Sprintf("c%d", i)
	}
	return out
}

func mustFit(t testing.TB, x Matrix, labels []int, classes []string, opt Options) (*Head, *Report) {
	t.Helper()
	h, report, err := Fit(context.Background(), x, labels, classes, opt)
	if err != nil {
		t.Fatal(err)
	}
	return h, report
}
