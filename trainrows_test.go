package headstart

import (
	"reflect"
	"testing"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

func TestKindTextSaysWhyAKindWasChosen(t *testing.T) {
	unit, lda := head.Candidate{Head: head.LogisticUnit, LogLoss: 0.2, Smoothed: 0.2625}, head.Candidate{Head: head.LDA, LogLoss: 0.3, Smoothed: 0.25}
	for _, test := range []struct {
		chosen     string
		candidates []head.Candidate
		want       string
	}{
		{head.Logistic, nil, "logistic"},
		{head.LDA, []head.Candidate{unit, lda}, "lda (smoothed log-loss 0.2500; logistic-unit 0.2625)"},
		{head.LogisticUnit, []head.Candidate{unit, lda}, "logistic-unit (smoothed log-loss 0.2625; lda 0.2500: not clearly lower)"},
	} {
		r := &TrainReport{Training: head.Training{Head: test.chosen, Candidates: test.candidates}}
		if got := choiceRows(r)[0][1]; got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestRowsCompareTheInputsThatWereTried(t *testing.T) {
	all := []head.BlockWeight{{Weight: 0.5}, {Weight: 1}}
	r := &TrainReport{
		Inputs: []TriedInput{{"net, crop, 224 px", 1}, {"net, both, 224 px", 2}, {"net, crop, 9 px", 0.01}}, // the last cannot be made
		Training: head.Training{Head: head.LogisticUnit, Input: "net, both, 224 px", Blocks: all, Candidates: []head.Candidate{
			{Head: head.LogisticUnit, Input: "net, crop, 224 px", Smoothed: 0.3},
			{Head: head.LogisticUnit, Input: "net, both, 224 px", Blocks: all, Smoothed: 0.2},
			{Head: head.LogisticUnit, Input: "net, both, 224 px", Smoothed: 0.19},
		}},
	}
	want := [][]string{
		{"kind", "logistic-unit"},
		{"blocks", "all 2 with the earlier ones × 0.5 (smoothed log-loss 0.2000; last 0.1900: not clearly lower)"},
		{"input", "net, both, 224 px (of 3, compared below)"},
		{},
		{"backbone, view and size", "smoothed log-loss", "computation"},
		{"net, crop, 224 px", "0.3000", "× 1"},
		{"net, both, 224 px", "0.2000", "× 2", "chosen"},
	}
	if got := stacked(choiceRows(r), inputRows(r)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUnknownTextSaysWhatNewPhotosWillLose(t *testing.T) {
	for _, test := range []struct {
		unknown head.Unknown
		want    string
	}{
		{head.Unknown{Threshold: 0.3124, KnownRecall: 0.95, Lost: 1 - 0.95, LostInterval: &metrics.Interval{Low: 0.0045, High: 0.141}},
			"threshold 0.312: about 5 % of new photos of the classes will be above it (95 % interval 0.4 to 14.1 %)"},
		{head.Unknown{Threshold: 0.5, KnownRecall: 0.99, Lost: 1. / 61, LostInterval: &metrics.Interval{High: 0.0863}},
			"threshold 0.500: about 1.6 % of new photos of the classes will be above it (95 % interval 0.0 to 8.6 %); too few images for 1 %"},
		{head.Unknown{Threshold: 0.5, KnownRecall: 0.95}, "threshold 0.500; how many new photos of the classes will be above it was not measured"},
	} {
		if got := unknownText(&test.unknown); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if got := unknownText(nil); got != "the head has none" {
		t.Errorf("without a threshold: %q", got)
	}
}
