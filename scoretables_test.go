package headstart

import (
	"fmt"
	"testing"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

func TestManyClassesAreCutShort(t *testing.T) {
	m := &metrics.Metrics{}
	for i := range 300 {
		m.Classes = append(m.Classes, metrics.ClassScores{Class: fmt.Sprint("c", i), Images: 1, F1: float64(i*7%300) / 300})
	}
	m.Classes = append(m.Classes, metrics.ClassScores{Class: "without images"})
	rows := classRows(m)
	if len(rows) != 1+wording.MaxNames || rows[0][0] != "lowest F1 of 300 classes" || rows[1][0] != "c0" || rows[2][0] != "c43" {
		t.Errorf("%d rows: %v", len(rows), rows[:3])
	}
	if rows := confusionRows(m); rows != nil {
		t.Errorf("a confusion matrix of %d rows", len(rows))
	}
}
