package main

import (
	"context"
	"maps"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/neardup"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// findings is what datasets check prints.
type findings struct {
	Backbone        string            `json:"backbone"`
	Images          int               `json:"images"`
	PassedOver      int               `json:"passed_over"`
	Classes         []classCount      `json:"classes"`
	Duplicates      []duplicates      `json:"duplicates"`
	DifferentLabels int               `json:"different_labels"` // of the duplicates
	Leaks           int               `json:"leaks"`            // of the duplicates
	Unreadable      []unreadableImage `json:"unreadable"`
}

type classCount struct {
	Class  pathjson.String       `json:"class"`
	Images int                   `json:"images"`
	Splits map[dataset.Split]int `json:"splits,omitempty"`
}

// duplicates is images that are the same.
type duplicates struct {
	Same            string           `json:"same"` // bytes or embedding
	DifferentLabels bool             `json:"different_labels"`
	Leak            bool             `json:"leak"` // between splits
	Images          []duplicateImage `json:"images"`
}

type duplicateImage struct {
	Path  pathjson.String `json:"path"`
	Label pathjson.String `json:"label"`
	Split dataset.Split   `json:"split,omitempty"`
}

type unreadableImage struct {
	Path  pathjson.String `json:"path"`
	Error string          `json:"error"`
}

// sameEmbedding is how far apart the embeddings of duplicates may be, scaled to
// length 1: the same pixels in another file are at 0 but for rounding.
const sameEmbedding = 1e-3

func (f *findings) addUnreadable(r extractor.Result) {
	f.Unreadable = append(f.Unreadable, unreadableImage{pathjson.String(r.Sample.Path), r.Err.Error()})
}

// look completes the findings from what was extracted.
func (f *findings) look(ctx context.Context, x *extractor.Extractor, done *extracted) error {
	f.Backbone, f.Images, f.PassedOver = x.Backbone().Name, done.readable, done.passedOver
	f.countClasses(done.samples)
	byKey := map[store.Key][]int{} // which samples have these bytes
	var keys []store.Key           // in order of first appearance
	for i, key := range done.keys {
		if byKey[key] == nil {
			keys = append(keys, key)
		}
		byKey[key] = append(byKey[key], i)
	}
	rows, err := x.Matrix(ctx, keys)
	if err != nil {
		return err
	}
	defer rows.Close()
	similarRows, err := neardup.Groups(ctx, rows, sameEmbedding)
	if err != nil {
		return err
	}
	var groups [][]int // of samples
	similar := map[store.Key]bool{}
	for _, group := range similarRows {
		var samples []int
		for _, row := range group {
			similar[keys[row]] = true
			samples = append(samples, byKey[keys[row]]...)
		}
		slices.Sort(samples)
		groups = append(groups, samples)
	}
	for _, key := range keys {
		if len(byKey[key]) > 1 && !similar[key] {
			groups = append(groups, byKey[key])
		}
	}
	slices.SortFunc(groups, func(a, b []int) int { return a[0] - b[0] })
	for _, group := range groups {
		f.addDuplicates(done, group)
	}
	return nil
}

func (f *findings) countClasses(samples []dataset.Sample) {
	counts := map[string]map[dataset.Split]int{}
	for _, s := range samples {
		if counts[s.Label] == nil {
			counts[s.Label] = map[dataset.Split]int{}
		}
		counts[s.Label][s.Split]++
	}
	for _, class := range slices.Sorted(maps.Keys(counts)) {
		c := classCount{Class: pathjson.String(class), Splits: counts[class]}
		for _, n := range c.Splits {
			c.Images += n
		}
		delete(c.Splits, dataset.Unsplit)
		f.Classes = append(f.Classes, c)
	}
}

func (f *findings) addDuplicates(done *extracted, group []int) {
	d := duplicates{Same: "bytes"}
	first := group[0]
	for _, i := range group {
		s := done.samples[i]
		d.Images = append(d.Images, duplicateImage{pathjson.String(s.Path), pathjson.String(s.Label), s.Split})
		if done.keys[i] != done.keys[first] {
			d.Same = "embedding"
		}
		d.DifferentLabels = d.DifferentLabels || s.Label != done.samples[first].Label
		d.Leak = d.Leak || s.Split != done.samples[first].Split
	}
	if d.DifferentLabels {
		f.DifferentLabels++
	}
	if d.Leak {
		f.Leaks++
	}
	f.Duplicates = append(f.Duplicates, d)
}
