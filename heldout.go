package headstart

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// HeldOutPrediction is what a fit that has seen neither an image, nor its
// duplicates, nor others of its group says of it. For an image of the training
// split that is a fit of the cross-validation, for others the final head.
//
// There may be no such fit: without cross-validation, for a class that is in one
// fold only, and for an image of another split whose duplicates or group are
// trained on. Then Class and Probabilities are empty, and what is not known of the
// other numbers is NaN.
type HeldOutPrediction struct {
	Path  string
	Label string
	// Group is the same for images that were never parted: the first, in
	// alphabetical order, of the groups that the data gives them, or for
	// duplicates without any "duplicates" and the first 12 digits of the lowest of
	// their digests. It is "" for an image that stands alone.
	Group            string
	Split            dataset.Split
	Fold             int       // that held the image out; -1 if none did
	Class            string    // the likeliest
	Probability      float64   // of Class
	Probabilities    []float64 // in the order of TrainReport.Classes
	UnknownScore     float64   // see [Prediction]
	LabelProbability float64   // of Label
	LabelError       float64   // the probability that Label is wrong, see [LabelError]; NaN without cross-validation
}

// heldOut is what a training run says of images that it has not seen.
type heldOut struct {
	found      *Embeddings // all that could be read, in the order of the data
	same       *alike      // of found
	units      []int       // of found
	groups     []string    // their names
	split      dataset.Split
	classifier *Classifier
	fit        *head.Report // nil if no image of found is trained on
	fitted     *Embeddings  // what fit was made of; nil if that is in found
	training   *trainingPredictions
	noise      *metrics.LabelNoise    // nil without cross-validation
	wrong      []float64              // of each row of the training split, the probability that its label is
	known      map[groupLabel]float64 // of images that are held, the probability that the head knows their group
}

// trainingPredictions are the answers of cross-validation for the rows of the
// training split that are scored.
type trainingPredictions struct {
	labelledPredictions
	rows []int // of each sample, its row in the training split
}

// Predictions yields a prediction for each image that could be read, in the
// order of the data, training images included. The Engine must be open, and no
// other goroutine may use the report. An error in the second place ends the
// sequence.
func (r *TrainReport) Predictions(ctx context.Context) iter.Seq2[HeldOutPrediction, error] {
	return func(yield func(HeldOutPrediction, error) bool) {
		if r.heldOut == nil { // nothing was trained
			return
		}
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
	table := newProbabilityTable(o.classifier.head, embeddings)
	heldUnknown, err := o.heldUnknownScores(ctx, embeddings)
	if err != nil {
		return err
	}
	trained := map[string]bool{} // groups
	for i, s := range o.found.Samples {
		trained[o.groups[i]] = trained[o.groups[i]] || s.Split == o.split && o.groups[i] != ""
	}
	nan := math.NaN()
	training, others := 0, 0 // rows
	for i, s := range o.found.Samples {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p := HeldOutPrediction{
			Path: s.Path, Label: s.Label, Group: o.groups[i], Split: s.Split, Fold: -1,
			Probability: nan, UnknownScore: nan, LabelProbability: nan, LabelError: nan,
		}
		switch {
		case s.Split == o.split:
			p.UnknownScore = unknown[training]
			o.byCrossValidation(&p, training)
			training++
		case trained[p.Group]:
			others++
		default:
			err := embeddings.Guard(func() error {
				p.UnknownScore = heldUnknown[others]
				o.byHead(&p, o.units[i], table.row(others))
				return nil
			})
			if err != nil {
				return err
			}
			others++
		}
		if !yield(p) {
			return nil
		}
	}
	return nil
}

// byCrossValidation fills in what the fold of a row of the training split says.
func (o *heldOut) byCrossValidation(p *HeldOutPrediction, row int) {
	out := o.fit.OutOfFold
	if out == nil || out.Folds[row] < 0 {
		return
	}
	p.Fold, p.LabelError = out.Folds[row], o.wrong[row]
	o.fill(p, out.Probabilities(row, nil))
}

// byHead fills in what the final head says.
func (o *heldOut) byHead(p *HeldOutPrediction, group int, probabilities []float64) {
	o.fill(p, slices.Clone(probabilities))
	if o.noise != nil {
		p.LabelError = o.wrongIfHeld(group, p.Label, p.LabelProbability)
	}
}

// fill fills in the probabilities and what follows from them.
func (o *heldOut) fill(p *HeldOutPrediction, probabilities []float64) {
	likeliest := floats.MaxIdx(probabilities)
	p.Class, p.Probability, p.Probabilities = o.classifier.Classes()[likeliest], probabilities[likeliest], probabilities
	p.LabelProbability = probabilities[dataset.FindClass(o.classifier.Classes(), p.Label)]
}

// unknownScores returns the unknown score of each training image by a head that
// has seen neither it nor its group.
func (o *heldOut) unknownScores(ctx context.Context) ([]float64, error) {
	if o.fit == nil {
		return nil, nil
	}
	of := o.fitted
	if of == nil {
		of = o.found.In(o.split)
	}
	rows, err := of.Matrix(ctx)
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

// heldUnknownScores returns the head's unknown score of each row, NaN where it has
// none.
func (o *heldOut) heldUnknownScores(ctx context.Context, rows *Matrix) (scores []float64, err error) {
	h := o.classifier.head
	if h.Meta.Unknown == nil {
		return slices.Repeat([]float64{math.NaN()}, rows.Len()), nil
	}
	err = rows.Guard(func() (err error) {
		scores, _, err = h.Nearness(ctx, rows, o.classifier.engine.workers())
		return err
	})
	return scores, err
}

// crossValidated returns the answers of cross-validation.
func (o *heldOut) crossValidated(training *Embeddings, labels, groups []int) *trainingPredictions {
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
		p.groups = append(p.groups, groups[i])
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
