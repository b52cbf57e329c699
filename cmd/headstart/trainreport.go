package main

import (
	"fmt"
	"strings"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

// trainReport is what train-head prints.
type trainReport struct {
	Head     string        `json:"head"` // its file; the kind is training.head
	Backbone string        `json:"backbone"`
	Classes  []string      `json:"classes"`
	Training head.Training `json:"training"`
	// CrossValidated and Calibration are left out where no class has two images.
	CrossValidated *head.Metrics     `json:"cross_validated,omitempty"`
	Calibration    *head.Calibration `json:"calibration,omitempty"`
	Unknown        *head.Unknown     `json:"unknown"`
	Splits         []splitMetrics    `json:"splits,omitempty"`

	asked string // kind of head, or Auto
}

type splitMetrics struct {
	Split dataset.Split `json:"split"`
	*head.Metrics
}

func (r *trainReport) rows() [][]string {
	images := 0
	var classes []string
	for i, class := range r.Classes {
		images += r.Training.Images[i]
		classes = append(classes, fmt.Sprintf("%s %d", class, r.Training.Images[i]))
	}
	rows := [][]string{
		{"head", r.Head},
		{"backbone", r.Backbone},
		{"images", fmt.Sprintf("%d (%s)", images, firstFew(classes))},
		{"kind", r.kindText()},
	}
	rows = append(rows, r.settings()...)
	if r.CrossValidated != nil {
		rows = append(rows,
			[]string{"cross-validated", scoresText(r.CrossValidated.Scores)},
			[]string{"calibration", calibrationText(r.Calibration)})
	}
	rows = append(rows, []string{"unknown", unknownText(r.Unknown)})
	for _, split := range r.Splits {
		rows = append(rows, []string{string(split.Split), scoresText(split.Scores)})
	}
	return rows
}

// kindText names the kind of head, and what it was chosen from.
func (r *trainReport) kindText() string {
	if len(r.Training.Candidates) < 2 {
		return r.Training.Head
	}
	losses := make([]string, len(r.Training.Candidates))
	for i, c := range r.Training.Candidates {
		losses[i] = fmt.Sprintf("%s %.4f", c.Head, c.LogLoss)
	}
	return fmt.Sprintf("%s (chosen by cross-validated log-loss: %s)", r.Training.Head, strings.Join(losses, ", "))
}

// settings are those of the kind of head, and how its fit ended.
func (r *trainReport) settings() [][]string {
	training := r.Training
	var rows [][]string
	switch training.Head {
	case head.LDA:
		return [][]string{{"shrinkage", fmt.Sprintf("%.3f", training.Shrinkage)}}
	case head.MLP:
		rows = [][]string{{"hidden units", fmt.Sprint(training.Hidden)}}
	default:
		c := fmt.Sprintf("%g", training.C)
		if len(training.Path) > 1 {
			c += fmt.Sprintf(" (chosen by %d-fold cross-validation)", training.Folds)
		}
		rows = [][]string{{"C", c}}
	}
	fit := fmt.Sprintf("%s after %s", training.Solver.Status, count(training.Solver.Iterations, "iteration", "iterations"))
	if training.Head != head.MLP {
		fit += fmt.Sprintf(", gradient norm %.1e", training.Solver.GradientNorm)
	}
	return append(rows, []string{"fit", fit})
}

// calibrationText is one line of what the temperature does to held-out images.
func calibrationText(c *head.Calibration) string {
	return fmt.Sprintf("temperature %.3f: calibration error %.4f → %.4f, Brier score %.4f → %.4f, log-loss %.4f → %.4f",
		c.Temperature, c.Before.CalibrationError, c.After.CalibrationError, c.Before.Brier, c.After.Brier, c.Before.LogLoss, c.After.LogLoss)
}

// unknownText is one line of what the threshold of the unknown score stands for.
func unknownText(u *head.Unknown) string {
	return fmt.Sprintf("above %.3f; %.4g %% of training images are not, each scored without itself", u.Threshold, 100*u.Keep)
}

// maxNamed is how many names a line may list.
const maxNamed = 20

// firstFew lists names on one line, though there be thousands.
func firstFew(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
	}
	return strings.Join(names, ", ")
}

// scoresText is one line of scores.
func scoresText(s head.Scores) string {
	return fmt.Sprintf("accuracy %.4f (95 %% interval %.3f to %.3f), log-loss %.4f, on %s", s.Accuracy, s.Interval.Low, s.Interval.High, s.LogLoss, count(s.Images, "image", "images"))
}

// warn says what to doubt.
func (r *trainReport) warn(t *terminal) {
	warnOfSimilar(t, r.Classes)
	if solver := r.Training.Solver; solver.Status != head.Converged {
		t.note("warning: the fit did not converge (%s after %d iterations, gradient norm %.2g)", solver.Status, solver.Iterations, solver.GradientNorm)
	}
	if r.Training.AtEdge() {
		t.note("note: C %g is at the end of what was tried; beyond it, --C may do better", r.Training.C)
	}
	switch {
	case r.Training.Head == head.LDA && len(r.Training.Candidates) == 1 && r.asked == head.Auto:
		t.note("note: for so many images and classes auto is lda; --head logistic is another, and takes long")
	case r.Training.Folds == 1:
		t.note("note: for so many images and classes one part in five was held out, and not each in turn")
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
