package headstart

import (
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
		{head.LDA, []head.Candidate{unit, lda}, "lda (chosen by smoothed log-loss: logistic-unit 0.2625, lda 0.2500)"},
		{head.LogisticUnit, []head.Candidate{unit, lda}, "logistic-unit (the lowest may be so by chance; smoothed log-loss: logistic-unit 0.2625, lda 0.2500)"},
	} {
		r := &TrainReport{Training: head.Training{Head: test.chosen, Candidates: test.candidates}}
		if got := choiceRows(r)[0][1]; got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
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
