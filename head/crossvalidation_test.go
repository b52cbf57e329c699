package head

import (
	"slices"
	"testing"
)

func TestStratifiedSplitSpreadsEachClassEvenly(t *testing.T) {
	var labels []int
	for class, n := range []int{2, 23, 7, 11} {
		labels = append(labels, slices.Repeat([]int{class}, n)...)
	}
	folds := stratifiedSplit(labels, 4, 5, 1)
	var all []int
	for i, rows := range folds {
		if !slices.IsSorted(rows) {
			t.Errorf("fold %d does not ascend: %v", i, rows)
		}
		all = append(all, rows...)
	}
	slices.Sort(all)
	for i, row := range all {
		if row != i || len(all) != len(labels) {
			t.Fatalf("folds are no partition: %v", folds)
		}
	}
	for class := range 4 {
		var counts []int
		for _, rows := range folds {
			n := 0
			for _, row := range rows {
				if labels[row] == class {
					n++
				}
			}
			counts = append(counts, n)
		}
		if slices.Max(counts)-slices.Min(counts) > 1 {
			t.Errorf("class %d lies in the folds %v times", class, counts)
		}
	}
}

func TestStratifiedSplitDependsOnSeedAlone(t *testing.T) {
	labels := slices.Repeat([]int{0, 1, 1}, 20)
	same := func(a, b [][]int) bool { return slices.EqualFunc(a, b, slices.Equal) }
	first := stratifiedSplit(labels, 2, 5, 7)
	if !same(first, stratifiedSplit(labels, 2, 5, 7)) {
		t.Error("the same seed gives other folds")
	}
	if same(first, stratifiedSplit(labels, 2, 5, 8)) {
		t.Error("another seed gives the same folds")
	}
}

func TestStratifiedSplitHasNoEmptyFold(t *testing.T) {
	folds := stratifiedSplit([]int{0, 0, 1, 1}, 2, 5, 0)
	if len(folds) != 4 {
		t.Errorf("%d folds of four images", len(folds))
	}
}
