package main

import (
	"testing"

	"github.com/digitalinnovationone/headstart/head"
)

func TestKindTextSaysWhyAKindWasChosen(t *testing.T) {
	logistic, lda := head.Candidate{Head: head.Logistic, LogLoss: 0.25}, head.Candidate{Head: head.LDA, LogLoss: 0.2625}
	for _, test := range []struct {
		chosen     string
		candidates []head.Candidate
		want       string
	}{
		{head.Logistic, nil, "logistic"},
		{head.Logistic, []head.Candidate{logistic, lda}, "logistic (chosen by cross-validated log-loss: logistic 0.2500, lda 0.2625)"},
		{head.LDA, []head.Candidate{logistic, lda}, "lda (within one standard error of the lowest cross-validated log-loss: logistic 0.2500, lda 0.2625)"},
	} {
		r := trainReport{Training: head.Training{Head: test.chosen, Candidates: test.candidates}}
		if got := r.kindText(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
