package head

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestFoldsEqualScikitLearn deals units in the order of their first rows; see
// testdata/README.md.
func TestFoldsEqualScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/folds/folds.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Labels, Groups, Held []int
		Folds                int
	}
	if err := json.Unmarshal(data, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d cases: %v", len(cases), err)
	}
	for i, c := range cases {
		classes := slices.Max(c.Labels) + 1
		folds := deal(unitsOf(c.Labels, c.Groups, classes), classes, c.Folds)
		if got := foldOf(folds, len(c.Labels)); !slices.Equal(got, c.Held) {
			t.Errorf("case %d:\n%v, want\n%v", i, got, c.Held)
		}
	}
}

// foldOf returns the fold of each row, or -1.
func foldOf(folds [][]int, rows int) []int {
	of := slices.Repeat([]int{-1}, rows)
	for fold, held := range folds {
		for _, row := range held {
			of[row] = fold
		}
	}
	return of
}

func TestFoldsWithoutGroupsSpreadEachClassEvenly(t *testing.T) {
	var labels []int
	for class, n := range []int{2, 23, 7, 11} {
		labels = append(labels, slices.Repeat([]int{class}, n)...)
	}
	folds := stratifiedFolds(labels, nil, 4, 5, 1)
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

func TestFoldsDependOnSeedAlone(t *testing.T) {
	labels := slices.Repeat([]int{0, 1, 1}, 20)
	same := func(a, b [][]int) bool { return slices.EqualFunc(a, b, slices.Equal) }
	first := stratifiedFolds(labels, nil, 2, 5, 7)
	if !same(first, stratifiedFolds(labels, nil, 2, 5, 7)) {
		t.Error("the same seed gives other folds")
	}
	if same(first, stratifiedFolds(labels, nil, 2, 5, 8)) {
		t.Error("another seed gives the same folds")
	}
}

// FuzzFolds draws classes and groups from the bytes: two a row.
func FuzzFolds(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 1, 2, 1, 3}, uint8(5))
	f.Add([]byte{0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1, 3, 9}, uint8(2))
	rng := rand.New(rand.NewPCG(1, 1))
	long := make([]byte, 400)
	for i := range long {
		long[i] = byte(rng.IntN(20))
	}
	f.Add(long, uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, folds uint8) {
		if len(data) < 2 || folds < 2 {
			return
		}
		var labels, groups []int
		for ; len(data) >= 2; data = data[2:] {
			labels, groups = append(labels, int(data[0])), append(groups, int(data[1]))
		}
		dealt := stratifiedFolds(labels, groups, 256, int(folds), uint64(folds))
		rows := 0
		for i, held := range dealt {
			rows += len(held)
			if len(held) == 0 || !slices.IsSorted(held) {
				t.Errorf("fold %d is empty or does not ascend: %v", i, held)
			}
		}
		of, at := foldOf(dealt, len(labels)), map[int]int{}
		for row, fold := range of {
			if first, seen := at[groups[row]]; fold < 0 || seen && first != fold {
				t.Fatalf("row %d of group %d is in fold %d, others in %d", row, groups[row], fold, first)
			}
			at[groups[row]] = fold
		}
		if rows != len(labels) || len(dealt) != min(int(folds), len(at)) {
			t.Errorf("%d folds of %d rows, there are %d groups of %d", len(dealt), rows, len(at), len(labels))
		}
	})
}

// TestOneFoldIsDividedIntoPartsThatKeepGroups: they choose for each other.
func TestOneFoldIsDividedIntoPartsThatKeepGroups(t *testing.T) {
	x, labels, groups := copied(60, 3, 0, 1)
	p := &problem{labels: labels, classes: 2, opt: Options{Head: Logistic, Groups: groups}}
	if err := p.opt.complete(x.Len()); err != nil {
		t.Fatal(err)
	}
	defer func(usual int) { maxProducts = usual }(maxProducts)
	maxProducts = p.products(x.Dim()) - 1
	p.split(names(2), x.Dim())
	if len(p.folds) != 1 || p.parts != 5 || len(p.scorable) != 36 {
		t.Fatalf("%d folds, %d parts, %d rows", len(p.folds), p.parts, len(p.scorable))
	}
	of := map[int]int{}
	for i, part := range p.part {
		group := groups[p.scorable[i]]
		if first, seen := of[group]; seen && first != part {
			t.Errorf("group %d is in parts %d and %d", group, first, part)
		}
		of[group] = part
	}
}

func BenchmarkFoldsOfAMillionRows(b *testing.B) {
	labels := make([]int, 1_000_000)
	for i := range labels {
		labels[i] = i % 10_000
	}
	for b.Loop() {
		stratifiedFolds(labels, nil, 10_000, 5, 1)
	}
}
