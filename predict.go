package headstart

import (
	"cmp"
	"context"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// predict asks the head about one embedding.
func (c *Classifier) predict(path string, embedding []float32) Prediction {
	probabilities := c.head.Probabilities(embedding, nil)
	likeliest := floats.MaxIdx(probabilities)
	p := Prediction{
		Path: path, Class: c.Classes()[likeliest],
		Probability: probabilities[likeliest], Probabilities: probabilities,
		UnknownScore: math.NaN(), Threshold: math.NaN(),
	}
	if known := c.head.Meta.Unknown; known != nil {
		p.UnknownScore, p.Threshold = c.head.UnknownScore(embedding), known.Threshold
		p.IsUnknown = p.UnknownScore > p.Threshold
	}
	return p
}

// labelledPredictions are a head's answers for labelled samples.
type labelledPredictions struct {
	samples []dataset.Sample
	classes []string
	labels  []int // index of each sample's label in classes
	groups  []int // of the samples: those of one group, and duplicates, are of one
	answers []answer
}

// answer is what a head makes of an image.
type answer struct {
	class       int     // the likeliest
	probability float64 // of class
	ofLabel     float64 // the probability of the image's label
}

// measure asks the head about labelled images and says how good its answers are.
// Images of one group tell less than others.
func (c *Classifier) measure(ctx context.Context, found *Embeddings, groups []int) (*labelledPredictions, *metrics.Metrics, error) {
	classes := c.Classes()
	labels, err := labelsOf(found.Samples, classes)
	if err != nil {
		return nil, nil, err
	}
	embeddings, err := found.Matrix(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer embeddings.Close()
	p := &labelledPredictions{found.Samples, classes, labels, groups, make([]answer, len(labels))}
	table := newProbabilityTable(c.head, embeddings)
	var m *metrics.Metrics
	err = embeddings.Guard(func() (err error) {
		m, err = metrics.EvaluateRows(ctx, func(i int) []float64 {
			row := table.row(i)
			likeliest := floats.MaxIdx(row)
			p.answers[i] = answer{likeliest, row[likeliest], row[labels[i]]}
			return row
		}, labels, p.groups, classes)
		return err
	})
	return p, m, err
}

// allRight tells of each sample whether its likeliest class is its label.
func (p *labelledPredictions) allRight() []bool {
	right := make([]bool, len(p.labels))
	for i, label := range p.labels {
		right[i] = p.answers[i].class == label
	}
	return right
}

// Mistake is an image whose likeliest class is not its label.
type Mistake struct {
	Path        pathjson.String `json:"path"`
	Label       string          `json:"label"`
	Class       string          `json:"class"`
	Probability float64         `json:"probability"` // of Class
	// Others counts further images, copies or others of its group, with the same
	// label and Class: they are no mistakes of their own.
	Others int `json:"others,omitempty"`
}

// mistakes returns the n most confident ones, equals in the order of samples.
func (p *labelledPredictions) mistakes(n int) []Mistake {
	var wrong []int
	for i, right := range p.allRight() {
		if !right {
			wrong = append(wrong, i)
		}
	}
	slices.SortStableFunc(wrong, func(a, b int) int { return cmp.Compare(p.answers[b].probability, p.answers[a].probability) })
	mistakes := []Mistake{} // an empty list in JSON, not null
	type kind struct{ group, label, class int }
	first := map[kind]int{} // of mistakes
	for _, i := range wrong {
		a := p.answers[i]
		k := kind{p.groups[i], p.labels[i], a.class}
		if at, seen := first[k]; seen {
			mistakes[at].Others++
			continue
		}
		first[k] = len(mistakes)
		mistakes = append(mistakes, Mistake{pathjson.String(p.samples[i].Path), p.samples[i].Label, p.classes[a.class], a.probability, 0})
	}
	return mistakes[:min(n, len(mistakes))]
}

// writeCSV writes a row per sample.
func (p *labelledPredictions) writeCSV(path string) error {
	return write(RowsFile, path, func(w io.Writer) error {
		rows := csv.NewWriter(w)
		_ = rows.Write([]string{"path", "label", "class", "probability", "label_probability"}) // Error tells below
		for i, s := range p.samples {
			a := p.answers[i]
			_ = rows.Write([]string{csvText(s.Path), csvText(s.Label), csvText(p.classes[a.class]), csvNumber(a.probability), csvNumber(a.ofLabel)})
		}
		rows.Flush()
		return rows.Error()
	})
}

func csvNumber(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }
