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

// TestValidationSplitKeepsGroups has groups of several sizes, one of them with
// images of two classes, and a class with too few groups.
func TestValidationSplitKeepsGroups(t *testing.T) {
	var labels, groups []int
	add := func(class, group, n int) {
		for range n {
			labels, groups = append(labels, class), append(groups, group)
		}
	}
	for g := range 30 {
		add(0, g, 1+g%5)
	}
	for g := range 4 {
		add(1, 100+g, 25)
	}
	for g := range 6 {
		add(2, 200+g, 20+g)
	}
	add(3, 0, 2) // in a group of class 0
	weights := make([]float64, len(labels))
	for i := range weights {
		weights[i] = 1
	}
	for seed := range uint64(20) {
		training, held := validationSplit(labels, groups, 4, weights, rand.New(rand.NewPCG(seed, 1)))
		got, in := make([]int, 4), map[int]bool{}
		for _, row := range held {
			got[labels[row]]++
			in[groups[row]] = true
		}
		for _, row := range training {
			if in[groups[row]] {
				t.Fatalf("group %d is in both parts", groups[row])
			}
		}
		if len(training)+len(held) != len(labels) {
			t.Errorf("%d rows of %d", len(training)+len(held), len(labels))
		}
		// A tenth of class 0; the smallest group of class 2, which is more.
		if got[0] < 7 || got[0] > 9 || got[1] != 0 || got[2] != 20 || got[3] != 0 {
			t.Errorf("held out %v", got)
		}
	}
}
