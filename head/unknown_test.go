package head

import (
	"context"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

func TestUnknownScoresAreThoseOfNewImages(t *testing.T) {
	x, labels, classes := draw(60, 24, 2, 1)
	groups := make([]int, len(labels))
	for i := range groups {
		groups[i] = i / 3
	}
	h, report := mustFit(t, x, labels, classes, Options{Head: LDA, Groups: groups})
	scores, err := report.UnknownScores(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	above := 0.0
	for i, s := range scores {
		if own := h.UnknownScore(x.Row(i)); s <= own {
			t.Errorf("row %d scores %v by others, %v by itself", i, s, own)
		}
		if s > h.Meta.Unknown.Threshold {
			above++
		}
	}
	if u := h.Meta.Unknown; above/60 > 2*u.Lost || u.Lost < 0.04 || u.Lost > 0.06 || u.LostInterval.Low >= u.Lost || u.LostInterval.High <= u.Lost {
		t.Errorf("%v of 60 rows are above the threshold of %+v, interval %v", above, u, u.LostInterval)
	}
	headtest.EveryStop(t, 60, func(ctx context.Context) error {
		_, err := report.UnknownScores(ctx, x)
		return err
	})
}

func TestAHeadFileTellsWhatItsThresholdLoses(t *testing.T) {
	h := small(t)
	parsed, err := onnxgraph.Parse(headBytes(t, h))
	if err != nil {
		t.Fatal(err)
	}
	m, err := fromModel(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Meta.Unknown, h.Meta.Unknown; got.Lost != want.Lost || *got.LostInterval != *want.LostInterval {
		t.Errorf("%+v, want %+v", got, want)
	}
	old, err := Read("testdata/oldhead/head.onnx")
	if err != nil || old.Meta.Unknown.LostInterval != nil || old.Meta.Unknown.Lost != 0 {
		t.Errorf("%+v, %v", old.Meta.Unknown, err)
	}
}
