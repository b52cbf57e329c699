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
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// predictions are a head's answers for labelled samples.
type predictions struct {
	samples []dataset.Sample
	classes []string
	labels  []int // index of each sample's label in classes
	answers []answer
}

// answer is what a head makes of an image.
type answer struct {
	class       int     // the likeliest
	probability float64 // of class
	ofLabel     float64 // the probability of the image's label
}

// predict asks the head about labelled, extracted samples.
func predict(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted) (*predictions, error) {
	return ask(ctx, x, h, done, func(p *predictions, probabilities func(i int) []float64) error {
		for i := range p.answers {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			probabilities(i)
		}
		return nil
	})
}

// measure is predict, and says how good the answers are.
func measure(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted) (p *predictions, m *metrics.Metrics, err error) {
	p, err = ask(ctx, x, h, done, func(p *predictions, probabilities func(i int) []float64) (err error) {
		m, err = metrics.EvaluateRows(ctx, probabilities, p.labels, p.classes)
		return err
	})
	return p, m, err
}

// ask has use ask for the probabilities of each sample, and keeps the answers.
func ask(ctx context.Context, x *extractor.Extractor, h *head.Head, done *extracted, use func(p *predictions, probabilities func(i int) []float64) error) (*predictions, error) {
	labels, err := labelsOf(done.samples, h.Meta.Classes)
	if err != nil {
		return nil, err
	}
	embeddings, err := x.Matrix(ctx, done.keys)
	if err != nil {
		return nil, err
	}
	defer embeddings.Close()
	p := &predictions{done.samples, h.Meta.Classes, labels, make([]answer, len(labels))}
	table := newProbabilityTable(h, embeddings)
	return p, use(p, func(i int) []float64 {
		row := table.row(i)
		likeliest := floats.MaxIdx(row)
		p.answers[i] = answer{likeliest, row[likeliest], row[labels[i]]}
		return row
	})
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
