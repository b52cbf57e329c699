package headstart

import (
	"context"
	"maps"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/neardup"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// DataReport tells what a data set holds and what is wrong with it.
type DataReport struct {
	Backbone        string            `json:"backbone"`
	Images          int               `json:"images"`
	Skipped         int               `json:"passed_over"` // files that are not images
	Classes         []ClassCount      `json:"classes"`
	Duplicates      []Duplicates      `json:"duplicates"`
	DifferentLabels int               `json:"different_labels"` // groups of duplicates
	Leaks           int               `json:"leaks"`            // groups of duplicates in several splits
	Unreadable      []UnreadableImage `json:"unreadable"`
}

// ClassCount is how many images of a class there are.
type ClassCount struct {
	Class  pathjson.String       `json:"class"`
	Images int                   `json:"images"`
	Splits map[dataset.Split]int `json:"splits,omitempty"`
}

// Duplicates are images that look the same.
type Duplicates struct {
	Same            string           `json:"same"` // "bytes" or "embedding"
	DifferentLabels bool             `json:"different_labels"`
	Leak            bool             `json:"leak"` // in several splits
	Images          []DuplicateImage `json:"images"`
}

// DuplicateImage is one of several images that look the same.
type DuplicateImage struct {
	Path  pathjson.String `json:"path"`
	Label pathjson.String `json:"label"`
	Split dataset.Split   `json:"split,omitempty"`
}

// UnreadableImage is an image that could not be read.
type UnreadableImage struct {
	Path  pathjson.String `json:"path"`
	Error string          `json:"error"`
}

// sameEmbedding is how far apart the embeddings of duplicates may be, scaled to
// length 1: the same pixels in another file are at 0 up to rounding.
const sameEmbedding = 1e-3

// CheckData counts the images of each class and split, and finds duplicates:
// images of equal bytes, and images whose embeddings, scaled to length 1, are
// within 0.001 of each other. Embeddings that the store lacks are made first.
func (e *Engine) CheckData(ctx context.Context, data *dataset.Dataset, o DuplicateOptions) (*DataReport, error) {
	if data == nil {
		return nil, dataset.ErrEmpty
	}
	found, err := e.Extract(ctx, data.Samples)
	if err != nil {
		return nil, err
	}
	r := &DataReport{
		Backbone: found.Backbone().Name, Images: len(found.Samples), Skipped: found.Skipped,
		Duplicates: []Duplicates{}, Unreadable: []UnreadableImage{}, // empty lists in JSON, not null
	}
	for _, u := range found.Unreadable {
		r.Unreadable = append(r.Unreadable, UnreadableImage{pathjson.String(u.Path), u.Err.Error()})
	}
	r.countClasses(found.Samples)
	groups, err := duplicateGroups(ctx, found)
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		r.addDuplicates(found, group)
	}
	return r, nil
}

// duplicateGroups returns the samples that look the same, as indices.
func duplicateGroups(ctx context.Context, found *Embeddings) ([][]int, error) {
	byKey := map[store.Key][]int{} // samples with these bytes
	for i, key := range found.Keys {
		byKey[key] = append(byKey[key], i)
	}
	distinct := found.only(func(i int) bool { return byKey[found.Keys[i]][0] == i })
	rows, err := distinct.Matrix(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var similarRows [][]int
	err = rows.Guard(func() (err error) {
		similarRows, err = neardup.Groups(ctx, rows, sameEmbedding)
		return err
	})
	if err != nil {
		return nil, err
	}
	var groups [][]int
	similar := map[store.Key]bool{}
	for _, group := range similarRows {
		var samples []int
		for _, row := range group {
			similar[distinct.Keys[row]] = true
			samples = append(samples, byKey[distinct.Keys[row]]...)
		}
		slices.Sort(samples)
		groups = append(groups, samples)
	}
	for _, key := range distinct.Keys {
		if len(byKey[key]) > 1 && !similar[key] {
			groups = append(groups, byKey[key])
		}
	}
	slices.SortFunc(groups, func(a, b []int) int { return a[0] - b[0] })
	return groups, nil
}

func (r *DataReport) countClasses(samples []dataset.Sample) {
	counts := map[string]map[dataset.Split]int{}
	for _, s := range samples {
		if counts[s.Label] == nil {
			counts[s.Label] = map[dataset.Split]int{}
		}
		counts[s.Label][s.Split]++
	}
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		c := ClassCount{Class: pathjson.String(class), Splits: counts[class]}
		for _, n := range c.Splits {
			c.Images += n
		}
		delete(c.Splits, dataset.Unsplit)
		r.Classes = append(r.Classes, c)
	}
}

func (r *DataReport) addDuplicates(found *Embeddings, group []int) {
	d := Duplicates{Same: "bytes"}
	first := group[0]
	for _, i := range group {
		s := found.Samples[i]
		d.Images = append(d.Images, DuplicateImage{pathjson.String(s.Path), pathjson.String(s.Label), s.Split})
		if found.Keys[i] != found.Keys[first] {
			d.Same = "embedding"
		}
		d.DifferentLabels = d.DifferentLabels || s.Label != found.Samples[first].Label
		d.Leak = d.Leak || s.Split != found.Samples[first].Split
	}
	if d.DifferentLabels {
		r.DifferentLabels++
	}
	if d.Leak {
		r.Leaks++
	}
	r.Duplicates = append(r.Duplicates, d)
}
