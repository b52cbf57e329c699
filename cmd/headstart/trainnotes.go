package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
)

// maxContradictions is how many images that have two labels are named.
const maxContradictions = 5

// noteCopies says where one image occurs several times, which makes scores
// look better, or labels contradict each other.
func noteCopies(t *terminal, done *extracted) {
	first := make(map[store.Key]dataset.Sample, len(done.keys))
	var contradictions, copies, leaks int
	for i, s := range done.samples {
		original, seen := first[done.keys[i]]
		switch {
		case !seen:
			first[done.keys[i]] = s
		case original.Label != s.Label:
			if contradictions++; contradictions <= maxContradictions {
				t.note("warning: %s and %s are the same image in different classes", printable(original.Path), printable(s.Path))
			}
		case original.Split != s.Split:
			leaks++
		default:
			copies++
		}
	}
	if more := contradictions - maxContradictions; more > 0 {
		t.note("warning: and %d more: headstart datasets check --json lists them all", more)
	}
	if copies > 0 {
		t.note("warning: %s of others, so cross-validation is too hopeful", count(copies, "image is a copy", "images are copies"))
	}
	if leaks > 0 {
		t.note("warning: %s in two splits, so the scores are too hopeful", count(leaks, "image is", "images are"))
	}
}

// noteEmpty says of splits that were to be measured that no image is in them.
func noteEmpty(t *terminal, data *dataset.Dataset, done *extracted) {
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		if slices.Contains(data.Splits(), split) && len(done.in(split).samples) == 0 {
			t.note("warning: no image of the %s split could be read: no %s scores", split, split)
		}
	}
}

// warn says what to doubt.
func (r *trainReport) warn(t *terminal) {
	warnOfSimilar(t, r.Classes)
	if r.Training.Solver.Status != head.Converged {
		t.note("warning: the fit did not converge (%s)", r.fitText())
	}
	if r.Training.AtEdge() {
		t.note("note: C %g is at the end of what was tried; beyond it, -C may do better", r.Training.C)
	}
	switch {
	case r.Training.Head == head.LDA && len(r.Training.Candidates) == 1 && r.asked == head.Auto:
		t.note("note: with so many images and classes auto is lda alone; --head logistic would take long")
	case r.Training.Folds == 1:
		t.note("note: with so many images and classes one part in five was held out, not each in turn")
	}
	if r.CrossValidated == nil {
		t.note("warning: no cross-validation, since no class has two images: how good the head is was not measured")
		return
	}
	var single []string
	for i, n := range r.Training.Images {
		if n == 1 {
			single = append(single, printable(r.Classes[i]))
		}
	}
	if len(single) > 0 {
		t.note("warning: %s: kept, and left out of the cross-validated scores: %s", count(len(single), "class has one image", "classes have one image"), firstFew(single))
	}
}

// warnOfSimilar names classes that differ in case or spaces alone: they are
// often one class, misspelt.
func warnOfSimilar(t *terminal, classes []string) {
	first := make(map[string]string, len(classes))
	var pairs []string
	for _, class := range classes {
		plain := strings.ToLower(strings.Join(strings.Fields(class), ""))
		if other, seen := first[plain]; seen {
			pairs = append(pairs, fmt.Sprintf("%q and %q", other, class))
			continue
		}
		first[plain] = class
	}
	if len(pairs) > 0 {
		t.note("warning: classes %s differ in case or spaces alone: is one meant?", firstFew(pairs))
	}
}
