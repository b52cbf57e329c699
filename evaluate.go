package headstart

import (
	"context"
	"fmt"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// EvaluateOptions says what to measure. The zero value measures on the test
// split, on val where there is no test, and on all where there are no splits.
type EvaluateOptions struct {
	Split dataset.Split  // train, val or test
	Gates []metrics.Gate // what the scores must reach
	// NotWorseThan is another head, see LoadOther. It is a gate that the accuracy
	// is not significantly lower than that head's on the same images.
	NotWorseThan *Classifier
}

// Evaluation says how good a classifier is on some images.
type Evaluation struct {
	Head  string        `json:"head"` // its file
	Split dataset.Split `json:"split,omitempty"`
	*metrics.Metrics
	Unreadable int                  `json:"unreadable"` // images, which are in no score
	TrainedOn  int                  `json:"trained_on"` // images that the head is known to have been trained on
	Comparison *metrics.Comparison  `json:"comparison,omitempty"`
	Gates      []metrics.GateResult `json:"gates,omitempty"`
	Notes      []Note               `json:"-"`

	predictions *labelledPredictions
}

// Mistakes returns the n most confident mistakes.
func (e *Evaluation) Mistakes(n int) []Mistake { return e.predictions.mistakes(max(0, n)) }

// WriteCSV writes a row per image to the file at path: path, label, class, its
// probability and the label's.
func (e *Evaluation) WriteCSV(path string) error { return e.predictions.writeCSV(path) }

// Passed reports whether all gates are met.
func (e *Evaluation) Passed() bool {
	for _, gate := range e.Gates {
		if !gate.Met {
			return false
		}
	}
	return true
}

// NoSplitError says that data has no split of the kind that is wanted.
type NoSplitError struct {
	Wanted dataset.Split   // "" means test or val
	Splits []dataset.Split // that there are
}

func (e *NoSplitError) Error() string {
	switch {
	case e.Wanted == "":
		return "the data has neither a test nor a val split"
	case len(e.Splits) == 1 && e.Splits[0] == dataset.Unsplit:
		return "the data has no splits"
	}
	return fmt.Sprintf("the data has no split %q, only %q", e.Wanted, e.Splits)
}

// split returns the split to measure on.
func (o EvaluateOptions) split(data *dataset.Dataset) (dataset.Split, error) {
	splits := data.Splits()
	if o.Split == "" && len(splits) > 0 {
		if last := splits[len(splits)-1]; last != dataset.Train { // test after val after none
			return last, nil
		}
	}
	for _, split := range splits {
		if split == o.Split {
			return split, nil
		}
	}
	return "", &NoSplitError{o.Split, splits}
}

// Evaluate measures the classifier on labelled images.
func (c *Classifier) Evaluate(ctx context.Context, data *dataset.Dataset, o EvaluateOptions) (*Evaluation, error) {
	if data == nil || len(data.Samples) == 0 {
		return nil, dataset.ErrEmpty
	}
	other := o.NotWorseThan
	split, err := o.split(data)
	if err != nil {
		return nil, err
	}
	samples := data.In(split)
	if err := checkLabels(samples, c.Classes()); err != nil {
		return nil, err
	}
	if other != nil {
		if err := checkLabels(samples, other.Classes()); err != nil {
			return nil, fmt.Errorf("cannot compare with %s: %w", other.file(), err)
		}
	}
	x, err := c.extractor()
	if err != nil {
		return nil, err
	}
	found, err := c.engine.extract(ctx, x, samples)
	if err != nil {
		return nil, err
	}
	predictions, measured, err := c.measure(ctx, found)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Head: c.file(), Split: split, Metrics: measured, Unreadable: len(found.Unreadable), predictions: predictions}
	for _, key := range found.Keys {
		if head.SplitOf(c.head, key) == "train" {
			e.TrainedOn++
		}
	}
	var said notes
	switch {
	case split == dataset.Train:
		said.note("measured on the train split, which heads are trained on")
	case e.TrainedOn > 0:
		said.warn("scores are optimistic: the head was trained on %d of these %d images", e.TrainedOn, len(found.Keys))
	}
	e.Notes = said
	for _, gate := range o.Gates {
		e.Gates = append(e.Gates, gate.Check(measured))
	}
	if other != nil {
		if e.Comparison, err = other.compare(ctx, found, predictions); err != nil {
			return nil, fmt.Errorf("cannot compare with %s: %w", other.file(), err)
		}
		e.Gates = append(e.Gates, e.Comparison.NotWorse())
	}
	return e, nil
}

// compare asks c about images that another head was measured on, whose answers
// are p.
func (c *Classifier) compare(ctx context.Context, found *Embeddings, p *labelledPredictions) (*metrics.Comparison, error) {
	x, err := c.extractor()
	if err != nil {
		return nil, err
	}
	if x != found.x {
		readable := len(found.Samples)
		if found, err = c.engine.extract(ctx, x, found.Samples); err != nil {
			return nil, err
		}
		if len(found.Samples) < readable {
			return nil, fmt.Errorf("its backbone reads only %d of the %d images", len(found.Samples), readable)
		}
	}
	own, _, err := c.measure(ctx, found)
	if err != nil {
		return nil, err
	}
	compared := metrics.Compare(c.file(), p.allRight(), own.allRight())
	return &compared, nil
}
