package headstart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/head"
)

func TestReportSaysWhatToDoubt(t *testing.T) {
	for note, r := range map[string]*TrainReport{
		"did not converge: iteration limit": {Training: head.Training{Head: head.Logistic, Solver: head.Solver{Status: head.IterationLimit}}},
		"only lda was tried":                {Training: head.Training{Head: head.LDA, Folds: 5, Candidates: make([]head.Candidate, 1)}},
		"only one fold of five":             {Training: head.Training{Head: head.MLP, Folds: 1, Candidates: make([]head.Candidate, 1)}},
		"no cross-validation":               {Training: head.Training{Head: head.Logistic}},
		`"Cats" and "cats"`:                 {Classes: []string{"Cats", "cats"}},
		"(0.1); try a smaller -C":           {Training: head.Training{C: 0.1, Path: []head.PathPoint{{C: 0.1, LogLoss: 1}, {C: 1, LogLoss: 2}}}},
		"(1); try a larger -C":              {Training: head.Training{C: 1, Path: []head.PathPoint{{C: 0.1, LogLoss: 2}, {C: 1, LogLoss: 1}}}},
	} {
		if r.Training.Solver.Status == "" {
			r.Training.Solver.Status = head.Converged
		}
		if said := fmt.Sprint(r.doubts(head.Auto)); !strings.Contains(said, note) {
			t.Errorf("%q, not %s", said, note)
		}
	}
}
