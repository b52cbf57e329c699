package headstart

import (
	"context"
	"fmt"
	"iter"
	"math"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// HeldOutPrediction is what a fit that has seen neither an image, nor its
// duplicates, nor others of its group says of it. For an image of the training
// split that is a fit of the cross-validation, for others the final head.
type HeldOutPrediction struct {
	// Prediction is empty but for the path, and perhaps the unknown score, where
	// Scored is false. UnknownScore is NaN where there is none.
	Prediction
	Scored bool // false if no fit was measured on the image: its class is in no other fold, or there was no cross-validation
	Label  string
	// Group is the same for images that were never parted: the first, in
	// alphabetical order, of the groups that the data gives them, or for
	// duplicates without any "duplicates" and the first 12 digits of the lowest of
	// their digests. It is "" for an image that stands alone.
	Group            string
	Split            dataset.Split
	Fold             int     // that held the image out; -1 if not Scored by cross-validation
	LabelProbability float64 // of Label; 0 if not Scored
	// LabelError is the probability that Label is wrong, see [LabelError]; NaN if
	// not Scored, and for all images without cross-validation.
	LabelError float64
}

// heldOut is what a training run says of images that it has not seen.
type heldOut struct {
	found      *Embeddings // all that could be read, in the order of the data
	groups     []string    // of found
	split      dataset.Split
	classifier *Classifier
	fit        *head.Report
	training   *trainingPredictions
	noise      *metrics.LabelNoise // nil without cross-validation
}

// trainingPredictions are the answers of cross-validation for the rows of the
// training split that are scored.
type trainingPredictions struct {
	labelledPredictions
	rows []int // of each sample, its row in the training split
}

// Predictions yields a prediction for each image that could be read, in the
// order of the data, training images included. The Engine must be open. An error
// in the second place ends the sequence.
func (r *TrainReport) Predictions(ctx context.Context) iter.Seq2[HeldOutPrediction, error] {
	return func(yield func(HeldOutPrediction, error) bool) {
		if err := r.heldOut.each(ctx, func(p HeldOutPrediction) bool { return yield(p, nil) }); err != nil {
			yield(HeldOutPrediction{}, err)
		}
	}
}

// each calls yield with the prediction for each image until it returns false.
func (o *heldOut) each(ctx context.Context, yield func(HeldOutPrediction) bool) error {
	unknown, err := o.unknownScores(ctx)
	if err != nil {
		return err
	}
	rest := o.found.only(func(i int) bool { return o.found.Samples[i].Split != o.split })
	embeddings, err := rest.Matrix(ctx)
	if err != nil {
		return err
	}
	defer embeddings.Close()
	h := o.classifier.head
	table := newProbabilityTable(h, embeddings)
	learnt, others := 0, 0
	for i, s := range o.found.Samples {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p := HeldOutPrediction{Prediction: Prediction{Path: s.Path, UnknownScore: math.NaN()}, Label: s.Label, Group: o.groups[i], Split: s.Split, Fold: -1, LabelError: math.NaN()}
		if s.Split == o.split {
			if out := o.fit.OutOfFold; out != nil && out.Folds[learnt] >= 0 {
				p.Fold = out.Folds[learnt]
				p.Probabilities = out.Probabilities(learnt, nil)
			}
			p.UnknownScore = unknown[learnt]
			learnt++
		} else {
			err := embeddings.Guard(func() error {
				p.Probabilities = table.row(others)
				if h.Meta.Unknown != nil {
					p.UnknownScore = h.UnknownScore(embeddings.Row(others))
				}
				return nil
			})
			if err != nil {
				return err
			}
			others++
		}
		o.complete(&p)
		if !yield(p) {
			return nil
		}
	}
	return nil
}

// complete fills in what follows from the probabilities and the unknown score.
func (o *heldOut) complete(p *HeldOutPrediction) {
	if u := o.classifier.head.Meta.Unknown; u != nil {
		p.IsUnknown = p.UnknownScore > u.Threshold
	}
	if p.Probabilities == nil {
		return
	}
	p.Scored = true
	likeliest := floats.MaxIdx(p.Probabilities)
	p.Class, p.Probability = o.classifier.Classes()[likeliest], p.Probabilities[likeliest]
	for k, class := range o.classifier.Classes() {
		if class == p.Label {
			p.LabelProbability, p.LabelError = p.Probabilities[k], o.wrong(p, k)
		}
	}
}

// unknownScores returns the unknown score of each training image by a head that
// has seen neither it nor its group.
func (o *heldOut) unknownScores(ctx context.Context) ([]float64, error) {
	rows, err := o.found.In(o.split).Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var scores []float64
	err = rows.Guard(func() (err error) {
		scores, err = o.fit.UnknownScores(ctx, rows)
		return err
	})
	return scores, err
}

// crossValidated returns the answers of cross-validation.
func (o *heldOut) crossValidated(training *Embeddings, labels []int) *trainingPredictions {
	p := &trainingPredictions{labelledPredictions: labelledPredictions{classes: o.classifier.Classes()}}
	if o.fit.OutOfFold == nil {
		return p
	}
	var row []float64
	for i, fold := range o.fit.OutOfFold.Folds {
		if fold < 0 {
			continue
		}
		row = o.fit.OutOfFold.Probabilities(i, row)
		likeliest := floats.MaxIdx(row)
		p.rows = append(p.rows, i)
		p.samples = append(p.samples, training.Samples[i])
		p.labels = append(p.labels, labels[i])
		p.answers = append(p.answers, answer{likeliest, row[likeliest], row[labels[i]]})
	}
	return p
}

// unitNames returns what each sample's unit is called, see
// HeldOutPrediction.Group.
func (e *Embeddings) unitNames(units []int) []string {
	type unit struct {
		group, lowest string
		size          int
	}
	all := make([]unit, len(units)) // by number, which is below the number of samples
	for i, n := range units {
		u := &all[n]
		u.size++
		if g := e.Samples[i].Group; g != "" && (u.group == "" || g < u.group) {
			u.group = g
		}
		if digest := string(e.Keys[i][:6]); u.lowest == "" || digest < u.lowest {
			u.lowest = digest
		}
	}
	names := make([]string, len(units))
	for i, n := range units {
		switch u := all[n]; {
		case u.group != "":
			names[i] = u.group
		case u.size > 1:
			names[i] = fmt.Sprintf("duplicates %x", u.lowest)
		}
	}
	return names
}
