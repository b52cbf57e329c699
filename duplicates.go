package headstart

import (
	"context"
	"maps"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// DataReport tells what a data set holds and what is wrong with it.
type DataReport struct {
	Backbone        string            `json:"backbone"`
	Images          int               `json:"images"`
	Skipped         int               `json:"skipped"` // files that are not images
	Classes         []ClassCount      `json:"classes"`
	Duplicates      []Duplicates      `json:"duplicates"`
	DifferentLabels int               `json:"different_labels"`       // groups of duplicates
	Leaks           int               `json:"leaks"`                  // groups in several splits: of duplicates, and SplitGroups
	SplitGroups     []SplitGroup      `json:"split_groups"`           // groups that the data names, in several splits
	NearBound       float64           `json:"near_bound,omitempty"`   // embeddings within it are of near-duplicates, told without looking at pictures
	Pairs           []NearPair        `json:"pairs"`                  // near-duplicates of different bytes and the few pairs that come next, the nearest first; of many copies of one image, not each with each
	NotCompared     int               `json:"not_compared,omitempty"` // images that cannot be read any more: near-duplicates if their embeddings are within NearBound
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
	Same            string           `json:"same"` // "bytes", or "picture" if some are near-duplicates
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

// SplitGroup is a group that the data names, in several splits.
type SplitGroup struct {
	Group  pathjson.String       `json:"group"`
	Splits map[dataset.Split]int `json:"splits"` // images in each
}

// NearPair is two images of different bytes that show the same picture, or nearly.
type NearPair struct {
	A          pathjson.String `json:"a"`
	B          pathjson.String `json:"b"`
	Apart      float64         `json:"apart"`                // how far apart, as a multiple of what near-duplicates may be: they have 1 or less
	Distance   float64         `json:"distance"`             // of their embeddings, scaled to length 1
	Similarity float64         `json:"similarity,omitempty"` // correlation of their thumbnails, where they overlap best
	Flipped    bool            `json:"flipped,omitempty"`    // one is the mirror image of the other
}

// UnreadableImage is an image that could not be read.
type UnreadableImage struct {
	Path  pathjson.String `json:"path"`
	Error string          `json:"error"`
}

// CheckData counts the images of each class and split, and finds duplicates:
// images of equal bytes, and near-duplicates, as o says.
//
// Near-duplicates are told by thumbnails of the whole picture, 32 by 32 levels of
// grey, and crops by their embeddings too. What is near enough is relative to how
// far apart the images of the set are, so that things that look alike are not one
// group. Groups are bounded too, so that chains end, but copies that were only saved
// again are never parted. Embeddings that the store lacks are made first.
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
		Duplicates: []Duplicates{}, SplitGroups: []SplitGroup{}, Pairs: []NearPair{}, Unreadable: []UnreadableImage{}, // empty lists in JSON, not null
	}
	for _, u := range found.Unreadable {
		r.Unreadable = append(r.Unreadable, UnreadableImage{pathjson.String(u.Path), u.Err.Error()})
	}
	r.countClasses(found.Samples)
	same, err := found.findAlike(ctx, o)
	if err != nil {
		return nil, err
	}
	for _, group := range same.groups {
		r.addDuplicates(found, group)
	}
	r.addSplitGroups(found.Samples)
	r.NearBound, r.NotCompared = same.bound, same.blind
	path := func(i int) pathjson.String { return pathjson.String(found.Samples[i].Path) }
	for _, p := range same.pairs {
		r.Pairs = append(r.Pairs, NearPair{path(p.A), path(p.B), p.Apart, p.Distance, p.Similarity, p.Flipped})
	}
	return r, nil
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

// addSplitGroups finds the groups that the data names in several splits.
func (r *DataReport) addSplitGroups(samples []dataset.Sample) {
	counts := map[string]map[dataset.Split]int{}
	for _, s := range samples {
		if s.Group == "" {
			continue
		}
		if counts[s.Group] == nil {
			counts[s.Group] = map[dataset.Split]int{}
		}
		counts[s.Group][s.Split]++
	}
	for _, group := range slices.Sorted(maps.Keys(counts)) {
		if len(counts[group]) > 1 {
			r.SplitGroups = append(r.SplitGroups, SplitGroup{pathjson.String(group), counts[group]})
			r.Leaks++
		}
	}
}

func (r *DataReport) addDuplicates(found *Embeddings, group []int) {
	d := Duplicates{Same: "bytes"}
	first := group[0]
	for _, i := range group {
		s := found.Samples[i]
		d.Images = append(d.Images, DuplicateImage{pathjson.String(s.Path), pathjson.String(s.Label), s.Split})
		if found.Keys[i] != found.Keys[first] {
			d.Same = "picture"
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
