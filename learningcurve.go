package headstart

import (
	"context"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

// LearningCurve measures how good heads are that learn from fewer images, and what
// twice as many would bring: see [head.MeasureCurve], which says how. It measures
// them on the test split, or on val where there is no test, and draws from the train
// split; of data without splits it holds out a quarter of each class. Duplicates,
// and images of one group, are never on both sides.
//
// Embeddings that the store lacks are made first. With 10,000 of them the rest takes
// some ten seconds.
func (e *Engine) LearningCurve(ctx context.Context, data *dataset.Dataset, o DuplicateOptions, seed uint64) (*head.LearningCurve, error) {
	s, err := e.study(ctx, data, o)
	if err != nil {
		return nil, err
	}
	return s.learningCurve(ctx, seed)
}

// A study is labelled images that curves and maps are made of.
type study struct {
	found  *Embeddings
	units  []int // of found
	labels []int // of found
	held   []bool
}

// study extracts the images, and finds which must not be parted.
func (e *Engine) study(ctx context.Context, data *dataset.Dataset, o DuplicateOptions) (*study, error) {
	if data == nil || len(data.Samples) == 0 {
		return nil, dataset.ErrEmpty
	}
	if _, err := trainingSplit(data.Samples); err != nil {
		return nil, err
	}
	found, err := e.Extract(ctx, data.Samples)
	if err != nil {
		return nil, err
	}
	same, err := found.findAlike(ctx, o)
	if err != nil {
		return nil, err
	}
	return newStudy(found, found.numbered(same))
}

// newStudy takes images of which units says which must not be parted.
func newStudy(found *Embeddings, units []int) (*study, error) {
	split, err := trainingSplit(found.Samples)
	if err != nil {
		return nil, err
	}
	held := heldSplit(found.Samples)
	s := &study{found: found.only(func(i int) bool {
		of := found.Samples[i].Split
		return found.Samples[i].Label != "" && (of == split || of == held)
	})}
	for i, sample := range found.Samples {
		if sample.Label != "" && (sample.Split == split || sample.Split == held) {
			s.units = append(s.units, units[i])
		}
	}
	if held != dataset.Unsplit {
		for _, sample := range s.found.Samples {
			s.held = append(s.held, sample.Split == held)
		}
	}
	s.labels, err = labelsOf(s.found.Samples, dataset.Classes(s.found.Samples))
	return s, err
}

// heldSplit returns the split to measure on, Unsplit if there is none.
func heldSplit(samples []dataset.Sample) dataset.Split {
	for _, split := range []dataset.Split{dataset.Test, dataset.Val} {
		if slices.ContainsFunc(samples, func(s dataset.Sample) bool { return s.Split == split && s.Label != "" }) {
			return split
		}
	}
	return dataset.Unsplit
}

func (s *study) learningCurve(ctx context.Context, seed uint64) (curve *head.LearningCurve, err error) {
	rows, err := s.found.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	err = rows.Guard(func() (err error) {
		curve, err = head.MeasureCurve(ctx, rows, s.labels, s.curveOptions(seed))
		return err
	})
	return curve, err
}

func (s *study) curveOptions(seed uint64) head.CurveOptions {
	return head.CurveOptions{HeldOut: s.held, Groups: s.units, Seed: seed, Workers: s.found.engine.workers()}
}
