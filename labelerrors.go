package headstart

import (
	"cmp"
	"context"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// LabelError is a training image whose label is more likely wrong than right.
type LabelError struct {
	Path             pathjson.String `json:"path"`
	Label            string          `json:"label"`
	Class            string          `json:"class"`             // a likelier one
	LabelProbability float64         `json:"label_probability"` // by a fit that has not seen the image
	// Wrong is the probability that the label is wrong, given how many labels
	// seem to be and those of its group: see [metrics.LabelNoise] and
	// [metrics.GroupLabels].
	Wrong float64 `json:"label_error"`
}

// findLabelErrors looks for them among the training images, and keeps what each
// label's probability to be wrong is.
func (o *heldOut) findLabelErrors(ctx context.Context) ([]LabelError, error) {
	p := o.training
	if len(p.samples) == 0 {
		return nil, nil
	}
	suspected := []LabelError{} // an empty list in JSON, not null
	var row []float64
	probabilities := func(i int) []float64 {
		row = o.fit.OutOfFold.Probabilities(p.rows[i], row)
		return row
	}
	var err error
	if o.noise, err = metrics.FitLabelNoise(ctx, probabilities, p.labels, p.groups, len(p.classes)); err != nil {
		return nil, err
	}
	groups := metrics.NewGroupLabels(p.labels, p.groups, len(p.classes))
	o.wrong = make([]float64, len(o.fit.OutOfFold.Folds))
	for i, s := range p.samples {
		posterior, label := probabilities(i), p.labels[i]
		groups.Posterior(i, posterior)
		wrong := o.noise.Known(i) * o.noise.Wrong(posterior[label])
		o.wrong[p.rows[i]] = wrong
		if wrong > 0.5 {
			likelier := p.classes[floats.MaxIdx(posterior)]
			suspected = append(suspected, LabelError{pathjson.String(s.Path), s.Label, likelier, p.answers[i].ofLabel, wrong})
		}
	}
	slices.SortStableFunc(suspected, func(a, b LabelError) int { return cmp.Compare(b.Wrong, a.Wrong) })
	return suspected, nil
}

// labelErrorRows lists suspected label errors after a row of titles; nil if there
// are none.
func labelErrorRows(suspected []LabelError) [][]string {
	if len(suspected) == 0 {
		return nil
	}
	rows := [][]string{{"suspected label errors", "label", "likelier", "label's probability"}}
	for _, s := range suspected {
		rows = append(rows, []string{wording.Name(string(s.Path)), wording.Name(s.Label), wording.Name(s.Class), decimals(&s.LabelProbability)})
	}
	return rows
}
