package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// predictions are a head's answers for labelled samples.
type predictions struct {
	samples []dataset.Sample
	classes []string
	labels  []int // index of each sample's label in classes
	answers []answer

	embeddings    *store.Matrix
	probabilities *probabilityTable
}

// answer is what a head makes of an image.
type answer struct {
	class       int     // the likeliest
	probability float64 // of class
	ofLabel     float64 // the probability of the image's label
}

// predict asks the head about labelled, extracted samples. The caller closes the
// predictions.
func predict(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted) (*predictions, error) {
	labels, err := labelsOf(done.samples, h.Meta.Classes)
	if err != nil {
		return nil, err
	}
	embeddings, err := x.Matrix(ctx, done.keys)
	if err != nil {
		return nil, err
	}
	p := &predictions{
		samples: done.samples, classes: h.Meta.Classes, labels: labels, answers: make([]answer, len(labels)),
		embeddings: embeddings, probabilities: newProbabilityTable(h, embeddings),
	}
	for i, label := range labels {
		if ctx.Err() != nil {
			p.Close()
			return nil, context.Cause(ctx)
		}
		row := p.probabilities.row(i)
		likeliest := floats.MaxIdx(row)
		p.answers[i] = answer{likeliest, row[likeliest], row[label]}
	}
	return p, nil
}

// evaluate measures the head on labelled, extracted samples.
func evaluate(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted) (*head.Metrics, error) {
	p, err := predict(ctx, x, h, done)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return p.metrics(ctx)
}

// Close gives the embeddings back. The answers remain.
func (p *predictions) Close() error { return p.embeddings.Close() }

func (p *predictions) metrics(ctx context.Context) (*head.Metrics, error) {
	return head.EvaluateRows(ctx, p.probabilities.row, p.labels, p.classes)
}

// right tells whether sample i is taken for what it is.
func (p *predictions) right(i int) bool { return p.answers[i].class == p.labels[i] }

// mistake is an image that is taken for another class than its own.
type mistake struct {
	Path        pathjson.String `json:"path"`
	Label       string          `json:"label"`
	Class       string          `json:"class"`
	Probability float64         `json:"probability"` // of Class
}

// mistakes returns the n most confident ones, equals in the order of samples.
func (p *predictions) mistakes(n int) []mistake {
	mistakes := []mistake{} // an empty list in JSON, not null
	for i, s := range p.samples {
		if !p.right(i) {
			mistakes = append(mistakes, mistake{pathjson.String(s.Path), s.Label, p.classes[p.answers[i].class], p.answers[i].probability})
		}
	}
	slices.SortStableFunc(mistakes, func(a, b mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	return mistakes[:min(n, len(mistakes))]
}

// writeCSV writes a row per sample.
func (p *predictions) writeCSV(path string) error {
	err := atomicfile.Write(path, 0o666, func(w io.Writer) error {
		rows := csv.NewWriter(w)
		_ = rows.Write([]string{"path", "label", "class", "probability", "label_probability"}) // Error tells below
		for i, s := range p.samples {
			a := p.answers[i]
			_ = rows.Write([]string{csvText(s.Path), csvText(s.Label), csvText(p.classes[a.class]), csvNumber(a.probability), csvNumber(a.ofLabel)})
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
