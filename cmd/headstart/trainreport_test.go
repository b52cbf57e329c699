package main

import (
	"bytes"
	"strings"
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

func TestReportSaysWhereCrossValidationIsCutShort(t *testing.T) {
	for note, r := range map[string]*trainReport{
		"auto is lda":         {asked: head.Auto, Training: head.Training{Head: head.LDA, Folds: 5, Candidates: make([]head.Candidate, 1)}},
		"one part in five":    {asked: head.MLP, Training: head.Training{Head: head.MLP, Folds: 1, Candidates: make([]head.Candidate, 1)}},
		"no cross-validation": {asked: head.Logistic, Training: head.Training{Head: head.Logistic}},
	} {
		r.Training.Solver.Status = head.Converged
		var said bytes.Buffer
		r.warn(&terminal{err: &said})
		if !strings.Contains(said.String(), note) {
			t.Errorf("%q, not %s", said.String(), note)
		}
	}
}
