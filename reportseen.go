package headstart

import (
	"context"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// Report returns what is worth looking at of labelled images, and of the classifier on
// them. Those that the head has not seen are measured as they are. Of those that it was
// trained on, which it would flatter, predictions come from a cross-validation that is
// made anew, with the settings that the head file tells: see [Refit]. Embeddings that
// the store lacks are made first. Besides errors of the data and of ctx it returns a
// [*NotMeasuredError].
func (c *Classifier) Report(ctx context.Context, data *dataset.Dataset, o ReportOptions) (*Report, error) {
	if data == nil || len(data.Samples) == 0 {
		return nil, dataset.ErrEmpty
	}
	if c.head.Remembered(string(dataset.Train)) == 0 {
		return nil, &NotMeasuredError{fmt.Sprintf("head %s does not say which images it was trained on: train it again", c.file())}
	}
	if err := checkLabels(data.Samples, c.Classes()); err != nil {
		return nil, err
	}
	x, err := c.extractor()
	if err != nil {
		return nil, err
	}
	found, err := c.engine.extract(ctx, x, data.Samples)
	if err != nil {
		return nil, err
	}
	same, err := found.findAlike(ctx, o.Duplicates)
	if err != nil {
		return nil, err
	}
	b := &reporter{found: found, same: same, units: found.numbered(same), options: o}
	if err := b.holdOut(ctx, c, data); err != nil {
		return nil, err
	}
	return b.report(ctx)
}

// holdOut finds what tells of each image without having seen it.
func (b *reporter) holdOut(ctx context.Context, c *Classifier, data *dataset.Dataset) error {
	seen, err := b.seenBy(ctx, c, data)
	if err != nil {
		return err
	}
	b.over = make([]string, len(b.found.Samples))
	splits := make([]dataset.Split, len(b.found.Samples)) // that images have for this report
	images := make([]int, len(c.Classes()))               // to be fitted to
	for i, s := range b.found.Samples {
		split := s.Split
		if split == dataset.Unsplit {
			split = dataset.Split(head.SplitOf(c.head, b.found.Keys[i]))
		}
		switch isHeld := split == dataset.Test || split == dataset.Val; {
		case seen[i] && !isHeld:
			splits[i] = dataset.Train
			images[max(0, dataset.FindClass(c.Classes(), s.Label))]++
		case seen[i]: // a duplicate of what was trained on: no test, and not to be fitted to
		case isHeld:
			splits[i], b.over[i] = dataset.Test, string(split)
		default:
			splits[i], b.over[i] = dataset.Test, OverUnseen
		}
	}
	if slices.Contains(images, 0) { // to fewer classes the task would be easier
		for i, split := range splits {
			if split == dataset.Train {
				splits[i] = dataset.Unsplit
			}
		}
	}
	predicted := b.found.only(func(i int) bool { return splits[i] != dataset.Unsplit })
	units := make([]int, 0, len(predicted.Samples))
	for i, split := range splits {
		if split != dataset.Unsplit {
			predicted.Samples[len(b.rows)].Split = split
			b.rows, units = append(b.rows, i), append(units, b.units[i])
		}
	}
	if len(b.rows) == 0 {
		return &NotMeasuredError{fmt.Sprintf("the head was trained on all of the %d images, on duplicates or on others of their groups, and they lack classes that it has", len(splits))}
	}
	b.held = &heldOut{
		found: predicted, same: b.same, units: units, split: dataset.Train, classifier: c,
		groups: predicted.unitNames(compact(units)), training: &trainingPredictions{},
	}
	return b.refit(ctx)
}

// compact numbers units anew, from 0.
func compact(units []int) []int {
	number := map[int]int{}
	compacted := make([]int, len(units))
	for i, unit := range units {
		if _, numbered := number[unit]; !numbered {
			number[unit] = len(number)
		}
		compacted[i] = number[unit]
	}
	return compacted
}

// seenBy returns which images the head was trained on, or others of their units, or
// may have been.
func (b *reporter) seenBy(ctx context.Context, c *Classifier, data *dataset.Dataset) ([]bool, error) {
	looks, err := lookAt(ctx, b.found, kinOf(data, b.found, AllSplits), []*Classifier{c})
	if err != nil {
		return nil, err
	}
	seen := make([]bool, len(b.found.Samples))
	units := map[int]bool{}
	for i, sight := range looks[0].seen {
		seen[i] = sight != notSeen || !head.Knows(c.head, b.found.Keys[i])
		units[b.units[i]] = units[b.units[i]] || seen[i]
	}
	for i := range seen {
		seen[i] = units[b.units[i]]
	}
	return seen, nil
}

// refit makes the cross-validation of the images that the head has seen, and finds
// label errors.
func (b *reporter) refit(ctx context.Context) error {
	o, c := b.held, b.held.classifier
	training := o.found.In(dataset.Train)
	if len(training.Samples) > 0 {
		labels, err := labelsOf(training.Samples, c.Classes())
		if err != nil {
			return err
		}
		groups := o.found.unitsIn(dataset.Train, o.units)
		fitted, err := b.fit(ctx, training, labels, groups)
		if err != nil {
			return err
		}
		o.training = o.crossValidated(training, labels, groups)
		b.Refit = &Refit{SameHead: c.head.SameNumbers(fitted), Images: len(training.Samples), Trained: sum(c.head.Meta.Training.Images)}
	}
	return b.findLabelErrors(ctx)
}

// fit fits a head as c was, as far as its file tells.
func (b *reporter) fit(ctx context.Context, training *Embeddings, labels, groups []int) (*head.Head, error) {
	c := b.held.classifier
	was := c.head.Meta.Training
	options := head.Options{Head: was.Head, C: was.C, Hidden: was.Hidden, Seed: was.Seed, Groups: groups, Workers: c.engine.workers()}
	// Candidates of one kind differ in what they were given, as by EffortBest.
	if slices.ContainsFunc(was.Candidates, func(c head.Candidate) bool { return c.Head != was.Head }) {
		options.Head = head.Auto
	}
	if len(was.Path) > 1 || options.Head == head.Auto {
		options.C = 0 // was found by cross-validation
	}
	if known := c.head.Meta.Unknown; known != nil {
		options.KnownRecall = known.KnownRecall
	}
	options.Weights = rowWeights(training.Samples, labels, c.Classes(), ClassWeights{})
	inputs, err := c.tried()
	if err != nil {
		return nil, err
	}
	if inputs, _, err = c.engine.extractInputs(ctx, inputs, training.Samples); err != nil {
		return nil, err
	}
	if len(inputs[0].found.Samples) != len(training.Samples) {
		return nil, fmt.Errorf("%d training images can no longer be read", len(training.Samples)-len(inputs[0].found.Samples))
	}
	c.engine.event(FitStarted{len(c.Classes()), len(labels)})
	fitted, fit, err := fitInputs(ctx, inputs, dataset.Train, labels, c.Classes(), options)
	c.engine.event(FitDone{})
	if err != nil {
		return nil, fmt.Errorf("cannot cross-validate the images that the head was trained on: %w", err)
	}
	b.held.fit, b.held.fitted = fit, chosenOf(inputs, fit.Training).found
	return fitted, nil
}

// findLabelErrors finds how labels go wrong: from the training images, or without them
// from the others, which the head has not seen either.
func (b *reporter) findLabelErrors(ctx context.Context) error {
	o := b.held
	held := o.found.In(dataset.Test)
	if len(held.Samples) == 0 {
		_, err := o.findLabelErrors(ctx, o.units, nil)
		return err
	}
	p, _, err := o.classifier.measure(ctx, held, o.found.unitsIn(dataset.Test, o.units))
	if err != nil {
		return err
	}
	if len(o.training.samples) > 0 {
		_, err := o.findLabelErrors(ctx, o.found.unitsIn(dataset.Train, o.units), []*labelledPredictions{p})
		return err
	}
	rows, err := held.Matrix(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	table := newProbabilityTable(o.classifier.head, rows)
	err = rows.Guard(func() (err error) {
		o.noise, err = metrics.FitLabelNoise(ctx, table.row, p.labels, p.groups, len(p.classes))
		return err
	})
	if err == nil {
		o.known = knownGroups(o.noise, []*labelledPredictions{p})
	}
	return err
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}
