package main

import (
	"fmt"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

func TestManyClassesAreCutShort(t *testing.T) {
	r := evaluateReport{Evaluation: &headstart.Evaluation{Metrics: &metrics.Metrics{}}}
	for i := range 300 {
		r.Classes = append(r.Classes, metrics.ClassScores{Class: fmt.Sprint("c", i), Images: 1, F1: float64(i*7%300) / 300})
	}
	r.Classes = append(r.Classes, metrics.ClassScores{Class: "without images"})
	rows := r.classes()
	if len(rows) != 2+wording.MaxNames || rows[1][0] != "lowest F1 of 300 classes" || rows[2][0] != "c0" || rows[3][0] != "c43" {
		t.Errorf("%d rows: %v", len(rows), rows[:4])
	}
	if rows := r.confusion(); rows != nil {
		t.Errorf("a confusion matrix of %d rows", len(rows))
	}
}
