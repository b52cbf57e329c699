package headstart

import (
	"context"
	"fmt"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// EvaluateOptions says what to measure, and what the scores must reach.
type EvaluateOptions struct {
	// Split is train, val, test or AllSplits. Data without splits has those of
	// the head: the images that it was trained on and those that were held back.
	// Empty means test, or val where there is no test, or all images where there
	// is neither.
	Split dataset.Split
	Gates []metrics.Gate // what the scores must reach
	// NotWorseThan is another head, see LoadOther. It is a gate that the accuracy
	// is not significantly lower than that head's on the same images.
	NotWorseThan *Classifier
	// AllowSeen lets gates be met on images that a head has seen, or may have, see
	// Seen.
	AllowSeen bool
	// Unseen leaves out the images that a head has seen. Of data without splits
	// it measures all others, if Split is empty.
	Unseen bool
	// IgnoreUnknownClasses leaves out the images of classes that a head does not
	// know, which are an error otherwise.
	IgnoreUnknownClasses bool
	// Outside are images of none of the classes, to measure how many of them the
	// head calls unknown. Nil measures no such images.
	Outside *dataset.Dataset
}

// AllSplits is a split to evaluate that stands for all images.
const AllSplits dataset.Split = "all"

// Evaluation says how good a classifier is on some images.
type Evaluation struct {
	Head  string        `json:"head"` // its file
	Split dataset.Split `json:"split,omitempty"`
	// RememberedSplit says that the data has no splits, and Split is the head's.
	RememberedSplit bool `json:"remembered_split,omitempty"`
	*metrics.Metrics
	// NotMeasured is why there are no scores, or "": all images are of one class,
	// say. Of Metrics, only the counts, and the recall of that class, then say
	// anything, and gates of other scores are not met.
	NotMeasured string               `json:"not_measured,omitempty"`
	Unreadable  int                  `json:"unreadable"`           // images, which are in no score
	TrainedOn   int                  `json:"trained_on"`           // images that the head was trained on, or found duplicates of when it was
	Seen        []Seen               `json:"seen"`                 // of the head, and of NotWorseThan
	AllowSeen   bool                 `json:"allow_seen,omitempty"` // see EvaluateOptions
	LeftOut     LeftOut              `json:"left_out,omitzero"`
	Unknown     *UnknownMetrics      `json:"unknown,omitempty"` // nil if the head has no unknown score
	Comparison  *metrics.Comparison  `json:"comparison,omitempty"`
	Gates       []metrics.GateResult `json:"gates,omitempty"`
	Notes       []Note               `json:"-"`

	predictions *labelledPredictions
	seenImages  int // of those measured, seen by any of the heads
}

// Mistakes returns the n most confident mistakes.
func (e *Evaluation) Mistakes(n int) []Mistake { return e.predictions.mistakes(max(0, n)) }

// WriteCSV writes a row per image to the file at path: path, label, class, its
// probability and the label's.
func (e *Evaluation) WriteCSV(path string) error { return e.predictions.writeCSV(path) }

// Report returns what JSON tells of the evaluation, with the n most confident
// mistakes. Scores that were not measured are null.
func (e *Evaluation) Report(n int) any {
	type scores struct { // hides those of Metrics
		Accuracy         *float64 `json:"accuracy"`
		Interval         *float64 `json:"accuracy_interval"`
		LogLoss          *float64 `json:"log_loss"`
		Brier            *float64 `json:"brier"`
		CalibrationError *float64 `json:"calibration_error"`
		BalancedAccuracy *float64 `json:"balanced_accuracy"`
	}
	type report struct {
		*Evaluation
		Mistakes []Mistake `json:"mistakes"`
	}
	r := report{e, e.Mistakes(n)}
	if e.NotMeasured == "" {
		return r
	}
	return struct {
		report
		scores
	}{report: r}
}

func (e *Evaluation) said() *notes { return (*notes)(&e.Notes) }

// Evaluate measures the classifier on labelled images.
func (c *Classifier) Evaluate(ctx context.Context, data *dataset.Dataset, o EvaluateOptions) (*Evaluation, error) {
	if data == nil || len(data.Samples) == 0 {
		return nil, dataset.ErrEmpty
	}
	if o.Outside != nil && c.head.Meta.Unknown == nil {
		return nil, fmt.Errorf("head %s has no unknown score to measure on images of other things: train it again", c.file())
	}
	samples, split, err := o.samples(data)
	if err != nil {
		return nil, err
	}
	heads := []*Classifier{c}
	if o.NotWorseThan != nil {
		heads = append(heads, o.NotWorseThan)
	}
	if !o.IgnoreUnknownClasses {
		for _, h := range heads {
			if err := checkLabels(samples, h.Classes()); err != nil {
				return nil, c.about(h, err)
			}
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
	together := kinOf(data, found, split)
	e := &Evaluation{Head: c.file(), Split: split, Unreadable: len(found.Unreadable), AllowSeen: o.AllowSeen}
	if o.IgnoreUnknownClasses {
		if found, err = e.dropUnknownClasses(found, heads); err != nil {
			return nil, err
		}
	}
	labelled := map[store.Key]bool{}
	for _, key := range found.Keys {
		labelled[key] = true
	}
	if split == dataset.Unsplit {
		if found, err = e.rememberedSplit(found, c.head, o); err != nil {
			return nil, err
		}
	}
	looks, err := lookAt(ctx, found, together, heads)
	if err != nil {
		return nil, err
	}
	if o.Unseen {
		if err := e.dropSeen(looks); err != nil {
			return nil, err
		}
	}
	if err := e.measure(ctx, looks); err != nil {
		return nil, err
	}
	if o.Outside != nil {
		if err := e.measureOutside(ctx, looks[0], labelled, o.Outside); err != nil {
			return nil, err
		}
	}
	e.missingClasses()
	e.check(o, looks)
	return e, nil
}

// about says which head an error is about, if it is not c.
func (c *Classifier) about(other *Classifier, err error) error {
	if err == nil || other == c {
		return err
	}
	return fmt.Errorf("cannot compare with %s: %w", other.file(), err)
}

// measure asks each head about the images.
func (e *Evaluation) measure(ctx context.Context, looks []*look) error {
	own := looks[0]
	var err error
	if e.predictions, e.Metrics, err = own.c.measure(ctx, own.found, own.found.numbered(&alike{})); err != nil {
		return err
	}
	e.Unknown = own.unknownMetrics(e.predictions)
	for _, l := range looks {
		e.Seen = append(e.Seen, l.summary())
	}
	e.TrainedOn, e.seenImages = e.Seen[0].TrainedOn, len(own.seen)-len(unseenBy(looks))
	if len(looks) == 1 {
		return nil
	}
	other := looks[1]
	p, _, err := other.c.measure(ctx, other.found, e.predictions.groups)
	if err != nil {
		return own.c.about(other.c, err)
	}
	compared := metrics.Compare(other.c.file(), e.predictions.allRight(), p.allRight(), e.predictions.groups)
	e.Comparison = &compared
	return nil
}
