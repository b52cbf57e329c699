package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/head"
)

func TestReportWarnsOfAFitThatDidNotConverge(t *testing.T) {
	r := trainReport{Training: head.Training{Head: head.Logistic, Solver: head.Solver{Status: head.IterationLimit, Iterations: 1000, GradientNorm: 0.5}}}
	var said bytes.Buffer
	r.warn(&terminal{err: &said})
	const want = "warning: the fit did not converge (iteration limit after 1000 iterations, gradient norm 5.0e-01)\n"
	if !strings.HasPrefix(said.String(), want) {
		t.Errorf("%q", said.String())
	}
}

func TestKindTextSaysWhyAKindWasChosen(t *testing.T) {
	unit, lda := head.Candidate{Head: head.LogisticUnit, LogLoss: 0.2625}, head.Candidate{Head: head.LDA, LogLoss: 0.25}
	for _, test := range []struct {
		chosen     string
		candidates []head.Candidate
		want       string
	}{
		{head.Logistic, nil, "logistic"},
		{head.LDA, []head.Candidate{unit, lda}, "lda (chosen by cross-validated log-loss: logistic-unit 0.2625, lda 0.2500)"},
		{head.LogisticUnit, []head.Candidate{unit, lda}, "logistic-unit (within two standard errors of the lowest cross-validated log-loss: logistic-unit 0.2625, lda 0.2500)"},
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
