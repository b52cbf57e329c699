package headstart

import (
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Note is a sentence for the user.
type Note struct {
	Warning bool // the scores or the data are in doubt
	Text    string
}

// notes gathers what to tell the user.
type notes []Note

func (n *notes) note(format string, args ...any) {
	*n = append(*n, Note{false, fmt.Sprintf(format, args...)})
}
func (n *notes) warn(format string, args ...any) {
	*n = append(*n, Note{true, fmt.Sprintf(format, args...)})
}

// maxContradictions is how many pairs of one image with two labels are named.
const maxContradictions = 5

// maxLeaks is how many images of a split are named that have duplicates in train.
const maxLeaks = 3

// noteContradictions names images that look the same in different classes.
func (n *notes) noteContradictions(found []Contradiction) {
	for _, c := range found[:min(maxContradictions, len(found))] {
		how := "near-duplicates"
		if c.Same == "bytes" {
			how = "the same image"
		}
		n.warn("%s and %s are %s in different classes", wording.Name(string(c.Path)), wording.Name(string(c.Other)), how)
	}
	if more := len(found) - maxContradictions; more > 0 {
		n.warn("%s of duplicates in different classes: --json lists them all", wording.Count(more, "more pair", "more pairs"))
	}
}

// noteCopies counts duplicates among the images that are trained on.
func (n *notes) noteCopies(found *Embeddings, same *alike, training dataset.Split) {
	copies := 0
	for _, group := range same.groups {
		trained := 0
		for _, i := range group {
			if found.Samples[i].Split == training {
				trained++
			}
		}
		copies += max(0, trained-1)
	}
	if copies > 0 {
		n.note("%s of other training images: cross-validation holds them out together", wording.Count(copies, "image is a duplicate", "images are duplicates"))
	}
}

// noteLeaks counts images to be measured on whose unit has training images: their
// duplicates, or others of their group.
func (n *notes) noteLeaks(found *Embeddings, units []int, training dataset.Split) {
	trained := map[int]bool{} // units
	for i, s := range found.Samples {
		if s.Split == training {
			trained[units[i]] = true
		}
	}
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		leaked, of := []string{}, 0
		for i, s := range found.Samples {
			if s.Split != split {
				continue
			}
			of++
			if trained[units[i]] {
				leaked = append(leaked, wording.Name(s.Path))
			}
		}
		if len(leaked) > 0 {
			n.warn("%s scores are optimistic: %d of %s have a duplicate, or an image of their group, in the train split: %s",
				split, len(leaked), wording.Count(of, "image", "images"), strings.Join(leaked[:min(maxLeaks, len(leaked))], ", "))
		}
	}
}

// noteUnmeasured names splits that cannot be measured: none of their images could
// be read, or those are of one class.
func (n *notes) noteUnmeasured(data *dataset.Dataset, found *Embeddings) {
	for _, split := range []dataset.Split{dataset.Val, dataset.Test} {
		readable := found.In(split).Samples
		switch classes := dataset.Classes(readable); {
		case slices.Contains(data.Splits(), split) && len(readable) == 0:
			n.warn("no image of the %s split could be read: no %s scores", split, split)
		case len(classes) == 1:
			n.warn("no %s scores, since all images of the %s split are of class %q", split, split, classes[0])
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
		beyond := "larger"
		if r.Training.C == r.Training.Path[0].C { // Path is in ascending order
			beyond = "smaller"
		}
		n.note("best C is at the edge of the grid (%g); try a %s -C", r.Training.C, beyond)
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

// noteFolds says what cross-validation could not measure, or not evenly.
func (n *notes) noteFolds(r *TrainReport) {
	if r.CrossValidated == nil {
		n.warn("no cross-validation, since %s: how good the head is was not measured", r.NotMeasured)
		return
	}
	if len(r.Unmeasured) > 0 {
		classes := make([]string, len(r.Unmeasured))
		for i, class := range r.Unmeasured {
			classes[i] = wording.Name(class)
		}
		n.warn("%s only one image or one group, and no cross-validated scores: %s",
			wording.Count(len(classes), "class has", "classes have"), wording.FirstFew(classes))
	}
	if len(r.Uneven) > 0 {
		classes := make([]string, len(r.Uneven))
		for i, u := range r.Uneven {
			classes[i] = fmt.Sprintf("%s %d to %d", wording.Name(u.Class), u.Fewest, u.Most)
		}
		n.note("groups make folds uneven, in images a fold: %s", wording.FirstFew(classes))
	}
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
