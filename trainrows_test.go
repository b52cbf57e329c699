package headstart

import (
	"testing"

	"github.com/digitalinnovationone/headstart/head"
)

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
		r := &TrainReport{Training: head.Training{Head: test.chosen, Candidates: test.candidates}}
		if got := kindText(r); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
