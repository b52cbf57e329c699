package headstart

import (
	"context"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// UnknownMetrics says how many images a head calls unknown: those that score
// above its threshold.
type UnknownMetrics struct {
	Threshold     float64          `json:"threshold"`
	metrics.Share                  // of the images measured, which are of known classes
	Classes       []UnknownOfClass `json:"classes"` // those that have images, in the head's order
	Outside       *OutsideMetrics  `json:"outside,omitempty"`
}

// UnknownOfClass is the share of the images of a class that are called unknown.
type UnknownOfClass struct {
	Class pathjson.String `json:"class"`
	metrics.Share
}

// OutsideMetrics says how well a head tells images of none of its classes from
// those measured. It depends on which they are: far images, of quite different things,
// are mostly told, those of classes that resemble the head's much less.
type OutsideMetrics struct {
	metrics.Share         // of the images of no class, those called unknown
	ROCAUC        float64 `json:"roc_auc"`    // the chance that one of them has a higher unknown score than one measured
	TrainedOn     int     `json:"trained_on"` // images that the head was trained on, as images of a class
	InData        int     `json:"in_data"`    // images that are among the labelled ones, too
	Unreadable    int     `json:"unreadable"`
}

// unknownMetrics measures the unknown scores of p's images; nil if there are none.
func (l *look) unknownMetrics(p *labelledPredictions) *UnknownMetrics {
	if l.scores == nil {
		return nil
	}
	u := &UnknownMetrics{Threshold: l.c.head.Meta.Unknown.Threshold}
	called := l.above(l.scores)
	u.Share = metrics.ShareOf(called, p.groups)
	for class, share := range metrics.SharesOf(called, p.labels, p.groups, len(p.classes)) {
		if share.Images > 0 {
			u.Classes = append(u.Classes, UnknownOfClass{pathjson.String(p.classes[class]), share})
		}
	}
	return u
}

// above tells of each score whether its image is called unknown.
func (l *look) above(scores []float64) []bool {
	called := make([]bool, len(scores))
	for i, score := range scores {
		called[i] = score > l.c.head.Meta.Unknown.Threshold
	}
	return called
}

// outsideNote says what the numbers of --outside mean. docs/heads.md has the
// measurements.
const outsideNote = "the outside numbers hold for images like these only: images of quite different things are mostly called unknown, those of classes that resemble the head's mostly are not, so measure them too, or train a class for them"

// measureOutside measures the unknown scores of images of no class beside those
// of known's. labelled are those that have a class in the data.
func (e *Evaluation) measureOutside(ctx context.Context, known *look, labelled map[store.Key]bool, data *dataset.Dataset) error {
	found, err := known.c.engine.extract(ctx, known.found.x, data.Samples)
	if err != nil {
		return err
	}
	scores, _, err := known.c.nearness(ctx, found)
	if err != nil {
		return err
	}
	o := &OutsideMetrics{
		Share:      metrics.ShareOf(known.above(scores), found.numbered(&alike{})),
		ROCAUC:     metrics.AUROC(scores, known.scores),
		Unreadable: len(found.Unreadable),
	}
	both := 0
	for _, key := range found.Keys {
		trained := head.SplitOf(known.c.head, key) == "train"
		if trained {
			o.TrainedOn++
		}
		if labelled[key] {
			o.InData++
		}
		if trained || labelled[key] {
			both++
		}
	}
	if both > 0 {
		e.said().warn("%d of the %d images of --outside are of a class: %d are in DATA, the head was trained on %d", both, len(found.Keys), o.InData, o.TrainedOn)
	}
	e.said().note("%s", outsideNote)
	e.Unreadable += o.Unreadable
	e.Unknown.Outside = o
	return nil
}
