package head

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
)

func BenchmarkEvaluate(b *testing.B) {
	for _, size := range []struct{ images, classes int }{{20_000, 2}, {20_000, 37}, {20_000, 1000}} {
		b.Run(fmt.Sprintf("%dx%d", size.images, size.classes), func(b *testing.B) {
			chance := rand.New(rand.NewPCG(1, 1))
			probabilities := table[float64](size.images, size.classes)
			labels := make([]int, size.images)
			for i, row := range probabilities {
				labels[i] = chance.IntN(size.classes)
				for k := range row {
					row[k] = chance.NormFloat64()
				}
				row[labels[i]] += 2
				softmax.Probabilities(row)
			}
			classes := names(size.classes)
			for b.Loop() {
				Evaluate(probabilities, labels, classes)
			}
		})
	}
}
