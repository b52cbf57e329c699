package headstart

import (
	"context"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// LabelError is a training image whose label is probably wrong.
type LabelError struct {
	Path        pathjson.String `json:"path"`
	Label       string          `json:"label"`
	Class       string          `json:"class"`             // a likelier one
	Probability float64         `json:"label_probability"` // of Label, by cross-validation
}

// labelErrors looks for them among the training images that p answers for.
func labelErrors(ctx context.Context, p *labelledPredictions, out *head.OutOfFold) ([]LabelError, error) {
	suspected := []LabelError{} // an empty list in JSON, not null
	if out == nil {
		return suspected, nil
	}
	var rows []int // that are scored
	for row, fold := range out.Folds {
		if fold >= 0 {
			rows = append(rows, row)
		}
	}
	var buf []float64
	found, err := metrics.SuspectedLabels(ctx, func(i int) []float64 {
		buf = out.Probabilities(rows[i], buf)
		return buf
	}, p.labels)
	for _, s := range found {
		suspected = append(suspected, LabelError{pathjson.String(p.samples[s.Image].Path), p.samples[s.Image].Label, p.classes[s.Class], s.Probability})
	}
	return suspected, err
}

// labelErrorRows lists suspected label errors after a row of titles; nil if there
// are none.
func labelErrorRows(suspected []LabelError) [][]string {
	if len(suspected) == 0 {
		return nil
	}
	rows := [][]string{{"suspected label errors", "label", "likelier", "label's probability"}}
	for _, s := range suspected {
		rows = append(rows, []string{wording.Name(string(s.Path)), wording.Name(s.Label), wording.Name(s.Class), decimals(&s.Probability)})
	}
	return rows
}
