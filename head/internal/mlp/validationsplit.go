package mlp

import (
	"math/rand/v2"
	"slices"
)

// Of every class, one image in validationShare is held out for validation, at
// least one where the class has validationFrom images or more, and none where it
// has fewer.
const (
	validationShare = 10
	validationFrom  = 5
)

// validationSplit splits the rows that have a weight, class by class and at
// random, into training and validation rows. Both are in ascending order.
func validationSplit(labels []int, classes int, weights []float64, rng *rand.Rand) (training, validation []int) {
	members := make([][]int, classes)
	for i, label := range labels {
		if weights[i] > 0 {
			members[label] = append(members[label], i)
		}
	}
	for _, rows := range members {
		shuffle(rows, rng)
		count := 0
		if len(rows) >= validationFrom {
			count = max(len(rows)/validationShare, 1)
		}
		validation = append(validation, rows[:count]...)
		training = append(training, rows[count:]...)
	}
	slices.Sort(training)
	slices.Sort(validation)
	return training, validation
}
