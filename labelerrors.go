package headstart

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// LabelError is an image whose label is more likely wrong than right.
type LabelError struct {
	Path             pathjson.String `json:"path"`
	Split            dataset.Split   `json:"split,omitempty"`
	Label            string          `json:"label"`
	Class            string          `json:"class"`             // a likelier one
	LabelProbability float64         `json:"label_probability"` // by a fit that has not seen the image
	// Wrong is the probability that the label is wrong, given how many labels
	// seem to be and those of its group: see [metrics.LabelNoise] and
	// [metrics.GroupLabels].
	Wrong float64 `json:"label_error"`
}

// findLabelErrors looks for them among the training images, and keeps what each
// label's probability to be wrong is. Then it looks among the images that are held,
// but for those of groups that were trained on, and keeps which groups are known.
func (o *heldOut) findLabelErrors(ctx context.Context, trainedOn []int, held []*labelledPredictions) ([]LabelError, error) {
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
	for i := range p.samples {
		posterior, label := probabilities(i), p.labels[i]
		groups.Posterior(i, posterior)
		wrong := o.noise.Known(i) * o.noise.Wrong(posterior[label])
		o.wrong[p.rows[i]] = wrong
		if wrong > 0.5 {
			suspected = append(suspected, p.labelError(i, floats.MaxIdx(posterior), wrong))
		}
	}
	trained := map[int]bool{} // groups
	for _, group := range trainedOn {
		trained[group] = true
	}
	o.known = knownGroups(o.noise, held)
	for _, p := range held {
		for i, a := range p.answers {
			if wrong := o.wrongIfHeld(p.groups[i], p.samples[i].Label, a.ofLabel); wrong > 0.5 && !trained[p.groups[i]] {
				suspected = append(suspected, p.labelError(i, a.class, wrong))
			}
		}
	}
	slices.SortStableFunc(suspected, func(a, b LabelError) int { return cmp.Compare(b.Wrong, a.Wrong) })
	return suspected, nil
}

// groupLabel are the images of a group that have one label.
type groupLabel struct {
	group int
	label string
}

// knownGroups returns the probability that the head knows the group of images that
// it was not trained on.
func knownGroups(noise *metrics.LabelNoise, held []*labelledPredictions) map[groupLabel]float64 {
	probabilities := map[groupLabel][]float64{}
	for _, p := range held {
		for i, a := range p.answers {
			of := groupLabel{p.groups[i], p.samples[i].Label}
			probabilities[of] = append(probabilities[of], a.ofLabel)
		}
	}
	known := make(map[groupLabel]float64, len(probabilities))
	for of, p := range probabilities {
		known[of] = noise.KnownGroup(p)
	}
	return known
}

// wrongIfHeld returns the probability that the label is wrong of an image that was
// not trained on, given the label's probability.
func (o *heldOut) wrongIfHeld(group int, label string, probability float64) float64 {
	wrong := o.noise.Wrong(probability)
	if known, measured := o.known[groupLabel{group, label}]; measured {
		wrong *= known
	}
	return wrong
}

func (p *labelledPredictions) labelError(i, likelier int, wrong float64) LabelError {
	s := p.samples[i]
	return LabelError{pathjson.String(s.Path), s.Split, s.Label, p.classes[likelier], p.answers[i].ofLabel, wrong}
}

// Contradiction is two images that look the same and have different labels, so that
// one of these is wrong, or both are.
type Contradiction struct {
	Path       pathjson.String `json:"path"`
	Label      string          `json:"label"`
	Other      pathjson.String `json:"other"`
	OtherLabel string          `json:"other_label"`
	Same       string          `json:"same"` // "bytes" or "picture", as in Duplicates
}

// contradictions returns, of images that look the same, each whose label is not that
// of the first.
func (e *Embeddings) contradictions(same *alike) []Contradiction {
	found := []Contradiction{} // an empty list in JSON, not null
	for _, group := range same.groups {
		first := e.Samples[group[0]]
		for _, i := range group[1:] {
			if s := e.Samples[i]; s.Label != first.Label {
				how := "picture"
				if e.Keys[i] == e.Keys[group[0]] {
					how = "bytes"
				}
				found = append(found, Contradiction{pathjson.String(first.Path), first.Label, pathjson.String(s.Path), s.Label, how})
			}
		}
	}
	return found
}

// labelErrorsText counts suspected labels and those of contradicting duplicates.
func (r *TrainReport) labelErrorsText() string {
	text := fmt.Sprintf("%d suspected", len(r.LabelErrors))
	if n := len(r.Contradictions); n > 0 {
		text += "; " + wording.Count(n, "pair", "pairs") + " of duplicates with different labels"
	}
	return text
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
