package headstart

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/neardup"
)

// DuplicateOptions says which images are duplicates besides those of the same
// bytes: near-duplicates, which show the same picture, saved again, resized,
// brighter or darker by some 10 %, or cropped by some 5 %. The zero value is a
// good choice.
type DuplicateOptions struct {
	NoNear  bool    // near-duplicates are not looked for
	Near    float64 // embeddings within this distance, scaled to length 1, are of near-duplicates, whatever the pictures; 0 compares pictures
	Flipped bool    // mirrored images are near-duplicates too; no effect with Near
}

// alike are samples that show the same picture.
type alike struct {
	groups [][]int                      // of two samples or more, by index
	bound  float64                      // embeddings within this distance are of near-duplicates, precision first; 0 if they were not looked for
	pairs  []neardup.Pair               // near-duplicates of different bytes, and the few pairs that come next, by index of sample; the nearest first
	whole  float64                      // prints within this distance are of near-duplicates; 0 if they were not compared
	sketch map[store.Key]neardup.Sketch // of the prints that were compared
	blind  int                          // images that could only be compared by their embeddings
}

// findAlike returns the samples that show the same picture.
func (e *Embeddings) findAlike(ctx context.Context, o DuplicateOptions) (*alike, error) {
	if !(o.Near >= 0) {
		return nil, fmt.Errorf("near-duplicates within a distance of %g: must be above 0", o.Near)
	}
	first := make(map[store.Key]int, len(e.Keys)) // sample with these bytes
	copies := map[int][]int{}                     // of a first sample: all with its bytes, if there are several
	for i, key := range e.Keys {
		f, seen := first[key]
		if !seen {
			first[key] = i
			continue
		}
		if copies[f] == nil {
			copies[f] = []int{f}
		}
		copies[f] = append(copies[f], i)
	}
	same := &alike{}
	if !o.NoNear {
		distinct := e.only(func(i int) bool { return first[e.Keys[i]] == i })
		found, err := distinct.findNear(ctx, o)
		if err != nil {
			return nil, err
		}
		sample := func(row int) int { return first[distinct.Keys[row]] }
		for _, rows := range found.Groups {
			var group []int
			for _, row := range rows {
				f := sample(row)
				if copies[f] == nil {
					group = append(group, f)
				}
				group = append(group, copies[f]...)
				delete(copies, f)
			}
			slices.Sort(group)
			same.groups = append(same.groups, group)
		}
		for _, p := range slices.Concat(found.Pairs, found.Beyond) {
			p.A, p.B = sample(p.A), sample(p.B)
			same.pairs = append(same.pairs, p)
		}
		same.bound, same.whole, same.blind = found.Bound, found.Whole, found.Blind
		same.sketch = make(map[store.Key]neardup.Sketch, len(found.Sketches))
		for row, sketch := range found.Sketches {
			if sketch != (neardup.Sketch{}) {
				same.sketch[distinct.Keys[row]] = sketch
			}
		}
	}
	same.groups = slices.AppendSeq(same.groups, maps.Values(copies))
	slices.SortFunc(same.groups, func(a, b []int) int { return a[0] - b[0] })
	return same, nil
}

// sketches returns those of the images with the given keys, in the order of keys, which
// is as good as a random one.
func (a *alike) sketches(keys []store.Key) []neardup.Sketch {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b store.Key) int { return bytes.Compare(a[:], b[:]) })
	var all []neardup.Sketch
	for _, key := range slices.Compact(sorted) {
		if s, found := a.sketch[key]; found {
			all = append(all, s)
		}
	}
	return all
}

// findNear finds near-duplicates among images of different bytes. Of embeddings with
// several blocks it compares the last one, so that the same images are near-duplicates
// whatever else a head is trained on.
func (e *Embeddings) findNear(ctx context.Context, o DuplicateOptions) (found *neardup.Result, err error) {
	rows, err := e.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	started := false
	start := func() {
		started = true
		e.engine.event(ComparisonStarted{Images: len(e.Samples)})
	}
	prints := func(ctx context.Context, rows []int) ([][]byte, error) {
		thumbnails, err := e.prints(ctx, rows)
		if err == nil {
			start()
		}
		return thumbnails, err
	}
	if o.Near > 0 {
		start()
	}
	err = rows.Guard(func() (err error) {
		found, err = neardup.Find(ctx, e.lastBlock(rows), prints, neardup.Options{Bound: o.Near, Flipped: o.Flipped})
		return err
	})
	if started {
		e.engine.event(ComparisonDone{})
	}
	return found, err
}

// prints returns the thumbnails of the samples with the given indices: 32 rows of
// 32 levels of grey each, as imageio.Decoder.Thumbnail makes them, or nil for an
// image that cannot be read any more. They are read-only: copies of an image share
// theirs. Those that the store lacks are made, and kept in it.
func (e *Embeddings) prints(ctx context.Context, rows []int) ([][]byte, error) {
	samples := make([]dataset.Sample, len(rows))
	keys := make([]store.Key, len(rows))
	for n, i := range rows {
		samples[n], keys[n] = e.Samples[i], e.Keys[i]
	}
	started := false
	thumbnails, err := e.x.Thumbnails(ctx, samples, keys, func(done, total int) {
		if started {
			e.engine.event(ThumbnailDone{})
			return
		}
		started = true
		e.engine.event(ThumbnailsStarted{total})
	})
	if started {
		e.engine.event(ThumbnailsDone{})
	}
	return thumbnails, err
}

// numbered returns for each sample the number of the unit it is in: samples that
// must not be parted, since they are alike or of one group.
func (e *Embeddings) numbered(same *alike) []int {
	numbers := make([]int, len(e.Samples))
	for n, unit := range dataset.Units(e.Samples, e.Keys, same.groups) {
		for _, i := range unit {
			numbers[i] = n
		}
	}
	return numbers
}
