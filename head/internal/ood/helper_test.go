package ood

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// draw makes n embeddings around the first of the given classes' centres, which
// do not depend on seed.
func draw(n, dim, first, classes int, seed uint64) (matrix.Dense, []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := matrix.New(n, dim)
	labels := make([]int, n)
	for i := range n {
		labels[i] = i % classes
		centre := rand.New(rand.NewPCG(uint64(first+labels[i]), 2))
		for j := range x.Row(i) {
			x.Row(i)[j] = max(0, float32(2*centre.NormFloat64()+rng.NormFloat64()))
		}
	}
	return x, labels
}

// usual is how heads fit it.
var usual = Options{KnownRecall: 0.95, Workers: 2}

func mustFit(t testing.TB, x matrix.Float32, labels []int, classes int, opt Options) *Model {
	t.Helper()
	m, _, err := Fit(context.Background(), x, labels, nil, classes, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// kept is the share of rows that do not score above the threshold.
func kept(m *Model, x matrix.Float32) float64 {
	n := 0
	for i := range x.Len() {
		if m.Score(x.Row(i)) <= m.Parameters().Threshold {
			n++
		}
	}
	return float64(n) / float64(x.Len())
}
