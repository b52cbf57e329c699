package mlp

import "testing"

// BenchmarkFit fits to 5,000 embeddings of 1,280 values.
func BenchmarkFit(b *testing.B) {
	x, labels := rings(5000, 1280, 5, 1)
	for b.Loop() {
		mustFit(b, x, labels, 5, nil, Options{}, 3)
	}
}
