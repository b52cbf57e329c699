package headstart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// maxContradictions is how many pairs of one image with two labels are named.
const maxContradictions = 5

// noteCopies says where one image occurs several times, which makes scores
// look better, or labels contradict each other.
func (n *notes) noteCopies(found *Embeddings) {
	first := make(map[store.Key]dataset.Sample, len(found.Keys))
	var contradictions, copies, leaks int
	for i, s := range found.Samples {
		original, seen := first[found.Keys[i]]
		switch {
		case !seen:
			first[found.Keys[i]] = s
		case original.Label != s.Label:
			if contradictions++; contradictions <= maxContradictions {
				n.warn("%s and %s are the same image in different classes", wording.Name(original.Path), wording.Name(s.Path))
			}
		case original.Split != s.Split:
			leaks++
		default:
			copies++
		}
	}
	if more := contradictions - maxContradictions; more > 0 {
		n.warn("%d more images are in different classes: headstart datasets check --json lists them all", more)
	}
	if copies > 0 {
		n.warn("cross-validated scores are optimistic: %s of others", wording.Count(copies, "image is a copy", "images are copies"))
	}
	if leaks > 0 {
		n.warn("scores are optimistic: %s in two splits", wording.Count(leaks, "image is", "images are"))
	}
}

// noteEmpty names splits that cannot be measured because none of their images
// could be read.
func (n *notes) noteEmpty(data *dataset.Dataset, found *Embeddings) {
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		if slices.Contains(data.Splits(), split) && len(found.In(split).Samples) == 0 {
			n.warn("no image of the %s split could be read: no %s scores", split, split)
		}
	}
}

// doubts returns what to doubt about a fit that was asked to be of a kind.
func (r *TrainReport) doubts(asked string) []Note {
	var n notes
	n.noteSimilar(r.Classes)
	if r.Training.Solver.Status != head.Converged {
		n.warn("the fit did not converge: %s", r.Training.Solver.Status)
	}
	if r.Training.AtEdge() {
		n.note("best C is at the edge of the grid (%g); try a larger -C", r.Training.C)
	}
	switch {
	case r.Training.Head == head.LDA && len(r.Training.Candidates) == 1 && asked != head.LDA:
		n.note("only lda was tried: with so many images and classes --head logistic would take long")
	case r.Training.Folds == 1:
		n.note("with so many images and classes, only one fold of five was held out")
	}
	n.noteFolds(r)
	return n
}

// noteSimilar names classes that differ in case or spaces only: they are often
// one class, misspelt.
func (n *notes) noteSimilar(classes []string) {
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
		n.warn("classes %s differ in case or spaces only: are they the same class?", wording.FirstFew(pairs))
	}
}
