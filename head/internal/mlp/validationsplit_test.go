package mlp

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestValidationSplitTakesATenthOfEveryClass(t *testing.T) {
	sizes := []int{1, 4, 5, 30, 99}
	var labels []int
	for c, n := range sizes {
		for range n {
			labels = append(labels, c)
		}
	}
	weights := make([]float64, len(labels))
	for i := range weights {
		weights[i] = 1
	}
	weights[20] = 0
	training, held := validationSplit(labels, nil, len(sizes), weights, rand.New(rand.NewPCG(1, 1)))
	got := make([]int, len(sizes))
	for _, row := range held {
		got[labels[row]]++
	}
	if want := []int{0, 0, 1, 2, 9}; !slices.Equal(got, want) {
		t.Errorf("held back %v of classes of %v, want %v", got, sizes, want)
	}
	all := append(slices.Clone(training), held...)
	slices.Sort(all)
	if len(slices.Compact(all)) != len(labels)-1 || slices.Contains(all, 20) {
		t.Errorf("%d rows taken once, want all but the one without weight", len(all))
	}
}
