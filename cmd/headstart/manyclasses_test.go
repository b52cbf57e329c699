package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/head"
)

func TestManyClassesAreCutShort(t *testing.T) {
	r := &evaluateReport{Metrics: &head.Metrics{}}
	for i := range 300 {
		r.Classes = append(r.Classes, head.ClassScores{Class: fmt.Sprint("c", i), Images: 1, F1: float64(i*7%300) / 300})
	}
	r.Classes = append(r.Classes, head.ClassScores{Class: "without images"})
	rows := r.classes()
	if len(rows) != 2+maxNamed || rows[1][0] != "lowest F1 of 300 classes" || rows[2][0] != "c0" || rows[3][0] != "c43" {
		t.Errorf("%d rows: %v", len(rows), rows[:4])
	}
	if rows := r.confusion(); rows != nil {
		t.Errorf("a confusion matrix of %d rows", len(rows))
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
