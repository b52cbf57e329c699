package head

import (
	"math/rand/v2"
	"slices"
)

// stratify deals the rows into folds by chance, each class as evenly as its
// size allows. It returns the rows of each fold in ascending order.
func stratify(labels []int, classes, folds int, seed uint64) [][]int {
	members := make([][]int, classes)
	for i, label := range labels {
		members[label] = append(members[label], i)
	}
	chance := rand.New(rand.NewPCG(seed, 0))
	dealt := make([][]int, min(folds, len(labels)))
	next := 0
	for _, rows := range members {
		chance.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, row := range rows {
			dealt[next] = append(dealt[next], row)
			next = (next + 1) % len(dealt)
		}
	}
	for _, rows := range dealt {
		slices.Sort(rows)
	}
	return dealt
}
