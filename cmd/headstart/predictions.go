package main

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// predictions are a head's answers for labelled samples.
type predictions struct {
	samples       []dataset.Sample
	classes       []string
	labels        []int       // index of each sample's label in classes
	probabilities [][]float64 // a row per sample, a column per class
}

// predict asks the head about labelled, extracted samples.
func predict(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted) (*predictions, error) {
	labels, err := labelsOf(done.samples, h.Meta.Classes)
	if err != nil {
		return nil, err
	}
	rows, err := x.Matrix(ctx, done.keys)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return &predictions{done.samples, h.Meta.Classes, labels, h.Predict(rows)}, nil
}

func (p *predictions) metrics() *head.Metrics {
	return head.Evaluate(p.probabilities, p.labels, p.classes)
}

// right tells whether sample i is taken for what it is.
func (p *predictions) right(i int) bool { return floats.MaxIdx(p.probabilities[i]) == p.labels[i] }

// mistake is an image that is taken for another class than its own.
type mistake struct {
	Path        pathjson.String `json:"path"`
	Label       string          `json:"label"`
	Class       string          `json:"class"`
	Probability float64         `json:"probability"` // of Class
}

// mistakes returns the n most confident ones.
func (p *predictions) mistakes(n int) []mistake {
	mistakes := []mistake{} // an empty list in JSON, not null
	for _, m := range head.Mistakes(p.probabilities, p.labels, n) {
		s := p.samples[m.Row]
		mistakes = append(mistakes, mistake{pathjson.String(s.Path), s.Label, p.classes[m.Predicted], m.Probability})
	}
	return mistakes
}

// writeCSV writes a row per sample.
func (p *predictions) writeCSV(path string) error {
	err := atomicfile.Write(path, 0o666, func(w io.Writer) error {
		rows := csv.NewWriter(w)
		_ = rows.Write([]string{"path", "label", "class", "probability", "label_probability"}) // Error tells below
		for i, s := range p.samples {
			top := floats.MaxIdx(p.probabilities[i])
			_ = rows.Write([]string{
				csvText(s.Path), csvText(s.Label), csvText(p.classes[top]),
				csvNumber(p.probabilities[i][top]), csvNumber(p.probabilities[i][p.labels[i]]),
			})
		}
		rows.Flush()
		return rows.Error()
	})
	if err != nil {
		return &outputError{"rows", path, err}
	}
	return nil
}

func csvNumber(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }
