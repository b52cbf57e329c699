package headstart

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
)

// Holdout says which shares of each class to hold back of data that has no
// splits. The images are chosen by content: see dataset.StratifiedSplit.
type Holdout struct{ Test, Val float64 } // 0 to 1, and less than 1 together

func (h Holdout) wanted() bool { return h.Test != 0 || h.Val != 0 }

// Check refuses shares that make no sense, and data that has splits of its own.
// data may be nil.
func (h Holdout) Check(data *dataset.Dataset) error {
	if !(h.Test >= 0 && h.Val >= 0 && h.Test+h.Val < 1) {
		return fmt.Errorf("--test %g --val %g: shares must be 0 or more and leave something to train on", h.Test, h.Val)
	}
	if data == nil || !h.wanted() {
		return nil
	}
	if splits := data.Splits(); len(splits) > 0 && splits[0] != dataset.Unsplit {
		return &SplitError{splits}
	}
	return nil
}

// SplitError says that data which is to be split has splits already.
type SplitError struct{ Splits []dataset.Split }

func (e *SplitError) Error() string {
	return fmt.Sprintf("--test and --val are for data without splits, and this has its own: %q", e.Splits)
}

// HoldBack sets the split of each sample: shares of each class become the test
// and val splits, the rest is train. Duplicates, and images of one group, stay
// together; those without a group get one, so that they are kept together by
// whatever reads a manifest of them. It returns what could not be done exactly.
func (e *Embeddings) HoldBack(ctx context.Context, h Holdout, o DuplicateOptions, seed uint64) ([]Note, error) {
	if err := h.Check(&dataset.Dataset{Samples: e.Samples}); err != nil || !h.wanted() {
		return nil, err
	}
	same, err := e.findAlike(ctx, o)
	if err != nil {
		return nil, err
	}
	said, err := e.holdBack(h, same, seed)
	for i, name := range e.unitNames(e.numbered(same)) {
		if s := &e.Samples[i]; s.Group == "" { // the user's names stay, even where duplicates join two groups
			s.Group = name
		}
	}
	return said, err
}

func (e *Embeddings) holdBack(h Holdout, same *alike, seed uint64) (notes, error) {
	var said notes
	missed, err := dataset.StratifiedSplit(e.Samples, e.Keys, same.groups, dataset.Fractions{Test: h.Test, Val: h.Val, Seed: seed})
	for _, text := range missed {
		said.note("%s", text)
	}
	joined, largest := len(same.groups) > 0, 0
	images := map[string]int{} // of each class
	for _, s := range e.Samples {
		joined = joined || s.Group != ""
		images[s.Label]++
		largest = max(largest, images[s.Label])
	}
	for _, part := range []struct {
		split dataset.Split
		share float64
	}{{dataset.Test, h.Test}, {dataset.Val, h.Val}} {
		if part.share > 0 && !slices.ContainsFunc(e.Samples, func(s dataset.Sample) bool { return s.Split == part.split }) {
			why := "all classes are too small"
			if joined && math.Round(part.share*float64(largest)) >= 1 {
				why = "duplicates and groups stay together, and are too large or too few"
			}
			said.warn("a share of %g for %s holds back no image: %s", part.share, part.split, why)
		}
	}
	return said, err
}
