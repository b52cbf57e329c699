package metrics

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
)

func BenchmarkEvaluate(b *testing.B) {
	for _, size := range []struct{ images, classes int }{{20_000, 2}, {20_000, 37}, {20_000, 1000}} {
		b.Run(fmt.Sprintf("%dx%d", size.images, size.classes), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			probabilities := make([][]float64, size.images)
			labels := make([]int, size.images)
			for i := range probabilities {
				row := make([]float64, size.classes)
				probabilities[i] = row
				labels[i] = rng.IntN(size.classes)
				for k := range row {
					row[k] = rng.Float64()
				}
				row[labels[i]] += 2
				floats.Scale(1/floats.Sum(row), row)
			}
			classes := names(size.classes)
			for b.Loop() {
				Evaluate(probabilities, labels, nil, classes)
			}
		})
	}
}
