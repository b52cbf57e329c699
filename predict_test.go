package headstart

import (
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

func TestMistakesBeginWithTheMostConfident(t *testing.T) {
	p := labelledPredictions{
		classes: []string{"cats", "dogs"},
		labels:  []int{1, 0, 1, 0, 1},
		groups:  []int{0, 1, 2, 3, 4},
		answers: []answer{{0, 0.7, 0.3}, {1, 0.8, 0.2}, {1, 0.9, 0.9}, {1, 0.7, 0.3}, {0, 0.9, 0.1}},
	}
	for i, label := range p.labels {
		p.samples = append(p.samples, dataset.Sample{Path: string(rune('a' + i)), Label: p.classes[label]})
	}
	want := []Mistake{{"e", "dogs", "cats", 0.9, 0}, {"b", "cats", "dogs", 0.8, 0}, {"a", "dogs", "cats", 0.7, 0}, {"d", "cats", "dogs", 0.7, 0}}
	if got := p.mistakes(9); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := p.mistakes(2); !slices.Equal(got, want[:2]) {
		t.Errorf("the first two: %v", got)
	}
	// Images of one group that are taken for the same are one mistake.
	p.groups = []int{0, 0, 1, 1, 0}
	want = []Mistake{{"e", "dogs", "cats", 0.9, 1}, {"b", "cats", "dogs", 0.8, 0}, {"d", "cats", "dogs", 0.7, 0}}
	if got := p.mistakes(9); !slices.Equal(got, want) {
		t.Errorf("of groups: %v", got)
	}
}

// corners is a matrix of rows that circle around the origin.
type corners int

func (n corners) Len() int { return int(n) }
func (corners) Dim() int   { return 2 }
func (n corners) Row(i int) []float32 {
	return [][]float32{{1, 0}, {0, 1}, {-1, 0.1}, {0.1, -1}, {1, 1}}[i%5]
}

// TestTheTableThatCannotHoldAllRowsGivesTheSame goes through it as predictions do.
func TestTheTableThatCannotHoldAllRowsGivesTheSame(t *testing.T) {
	const few = 20
	labels := make([]int, few)
	for i := range labels {
		labels[i] = i % 2
	}
	h, _, err := head.Fit(t.Context(), corners(few), labels, []string{"cats", "dogs"}, head.Options{Head: head.LDA})
	if err != nil {
		t.Fatal(err)
	}
	rows := corners(3*partRows + 5)
	want := h.Predict(rows)
	table := newProbabilityTable(h, rows)
	table.most = 2
	for range 2 {
		for i := range rows.Len() {
			if got := table.row(i); !slices.Equal(got, want[i]) {
				t.Fatalf("row %d: %v, want %v", i, got, want[i])
			}
		}
		if len(table.parts) > table.most {
			t.Errorf("%d parts are held", len(table.parts))
		}
	}
}
