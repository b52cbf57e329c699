package mlp

import (
	"math/rand/v2"
	"slices"
)

// Of every class, one image in holdBackShare is held back, at least one where
// the class has holdBackFrom images or more, and none where it has fewer.
const (
	holdBackShare = 10
	holdBackFrom  = 5
)

// holdBack splits the rows that have a weight, each class by itself and by
// chance, in those to learn from and those that tell when to stop. Both ascend.
func holdBack(labels []int, classes int, weights []float64, chance *rand.Rand) (training, held []int) {
	members := make([][]int, classes)
	for i, label := range labels {
		if weights[i] > 0 {
			members[label] = append(members[label], i)
		}
	}
	for _, rows := range members {
		chance.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		count := 0
		if len(rows) >= holdBackFrom {
			count = max(len(rows)/holdBackShare, 1)
		}
		held = append(held, rows[:count]...)
		training = append(training, rows[count:]...)
	}
	slices.Sort(training)
	slices.Sort(held)
	return training, held
}
