package headstart

import (
	"context"
	"fmt"
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
	groups [][]int        // of two samples or more, by index
	bound  float64        // embeddings within this distance are of near-duplicates, precision first; 0 if they were not looked for
	pairs  []neardup.Pair // near-duplicates of different bytes, and the few pairs that come next, by index of sample; the nearest first
	blind  int            // images that could only be compared by their embeddings
}

// findAlike returns the samples that show the same picture.
func (e *Embeddings) findAlike(ctx context.Context, o DuplicateOptions) (*alike, error) {
	if !(o.Near >= 0) {
		return nil, fmt.Errorf("near-duplicates within a distance of %g: must be above 0", o.Near)
	}
	copies := map[store.Key][]int{} // samples with these bytes
	for i, key := range e.Keys {
		copies[key] = append(copies[key], i)
	}
	same := &alike{}
	near := map[store.Key]bool{}
	if !o.NoNear {
		distinct := e.only(func(i int) bool { return copies[e.Keys[i]][0] == i })
		found, err := distinct.findNear(ctx, o)
		if err != nil {
			return nil, err
		}
		first := func(row int) int { return copies[distinct.Keys[row]][0] }
		for _, rows := range found.Groups {
			var group []int
			for _, row := range rows {
				near[distinct.Keys[row]] = true
				group = append(group, copies[distinct.Keys[row]]...)
			}
			slices.Sort(group)
			same.groups = append(same.groups, group)
		}
		for _, p := range slices.Concat(found.Pairs, found.Beyond) {
			p.A, p.B = first(p.A), first(p.B)
			same.pairs = append(same.pairs, p)
		}
		same.bound, same.blind = found.Bound, found.Blind
	}
	for i, key := range e.Keys {
		if group := copies[key]; len(group) > 1 && group[0] == i && !near[key] {
			same.groups = append(same.groups, group)
		}
	}
	slices.SortFunc(same.groups, func(a, b []int) int { return a[0] - b[0] })
	return same, nil
}

// findNear finds near-duplicates among images of different bytes.
func (e *Embeddings) findNear(ctx context.Context, o DuplicateOptions) (found *neardup.Result, err error) {
	rows, err := e.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	err = rows.Guard(func() (err error) {
		found, err = neardup.Find(ctx, rows, e.prints, neardup.Options{Bound: o.Near, Flipped: o.Flipped})
		return err
	})
	return found, err
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
