package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// splitting holds the options that divide data which has no splits.
type splitting struct{ test, val float64 }

func (s *splitting) flags() []cli.Flag {
	return []cli.Flag{
		&cli.Float64Flag{Name: "test", Usage: "hold the `SHARE` of each class, such as 0.2, back for the test", Destination: &s.test},
		&cli.Float64Flag{Name: "val", Usage: "hold the `SHARE` of each class back for validation", Destination: &s.val},
	}
}

// wanted tells whether the data is to be divided.
func (s *splitting) wanted() bool { return s.test != 0 || s.val != 0 }

// check refuses shares that cannot be meant.
func (s *splitting) check() error {
	if !(s.test >= 0 && s.val >= 0 && s.test+s.val < 1) {
		return usagef("--test %g --val %g: shares are from 0 to 1, and leave something to train on", s.test, s.val)
	}
	return nil
}

// checkData refuses, before minutes of work, data that is divided already.
func (s *splitting) checkData(data *dataset.Dataset) error {
	if splits := data.Splits(); s.wanted() && splits[0] != dataset.Unsplit {
		return usagef("--test and --val divide data that has no splits, but this has its own: %q", splits)
	}
	return nil
}

// apply divides the samples with the given keys, if that is wanted.
func (s *splitting) apply(t *terminal, samples []dataset.Sample, keys []store.Key, seed uint64) error {
	if !s.wanted() {
		return nil
	}
	notes, err := dataset.StratifiedSplit(samples, keys, dataset.Fractions{Test: s.test, Val: s.val, Seed: seed})
	for _, note := range notes {
		t.note("note: %s", printable(note))
	}
	if err != nil {
		return err
	}
	for _, part := range []struct {
		split dataset.Split
		share float64
	}{{dataset.Test, s.test}, {dataset.Val, s.val}} {
		if part.share > 0 && !slices.ContainsFunc(samples, func(x dataset.Sample) bool { return x.Split == part.split }) {
			t.note("warning: --%s %g holds no image back: no class has so many", part.split, part.share)
		}
	}
	return nil
}
