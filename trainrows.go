package headstart

import (
	"fmt"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Rows returns the report as tables for people, with an empty row between them:
// what was trained, with a title in the first cell of each row; the views, sizes and
// backbones that were compared, if there are several; and of cross-validation the confusion of classes, and the first n of the most confident
// mistakes and of the suspected label errors.
func (r *TrainReport) Rows(n int) [][]string {
	rows := stacked(r.summary(), inputRows(r))
	if r.CrossValidated == nil {
		return rows
	}
	// The tables are not of the split that is named last.
	return stacked(rows, [][]string{{"of cross-validation:"}}, confusionRows(r.CrossValidated), mistakeRows(r.Mistakes(n)),
		labelErrorRows(r.LabelErrors[:min(max(0, n), len(r.LabelErrors))]))
}

func (r *TrainReport) summary() [][]string {
	images := 0
	var classes []string
	for i, class := range r.Classes {
		images += r.Training.Images[i]
		classes = append(classes, fmt.Sprintf("%s %d", wording.Name(class), r.Training.Images[i]))
	}
	rows := [][]string{
		{"head", wording.Name(r.Head)},
		{"backbone", wording.Name(r.Backbone)},
		{"images", fmt.Sprintf("%d (%s)", images, wording.FirstFew(classes))},
	}
	rows = append(append(rows, choiceRows(r)...), settings(r)...)
	if r.CrossValidated != nil {
		rows = append(rows,
			[]string{"cross-validated", r.CrossValidated.Scores.Summary()},
			[]string{"calibration", calibrationText(r.Calibration)},
			[]string{"label errors", r.labelErrorsText()})
	}
	rows = append(rows, []string{"unknown", unknownText(r.Unknown)})
	for _, split := range r.Splits {
		rows = append(rows, []string{string(split.Split), split.Scores.Summary()})
	}
	return rows
}

// settings are those of the kind of head, and how its fit ended.
func settings(r *TrainReport) [][]string {
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
	return append(rows, []string{"fit", fitText(r)})
}

// fitText tells how the fit to all images ended.
func fitText(r *TrainReport) string {
	solver := r.Training.Solver
	if r.Training.Head == head.MLP {
		return fmt.Sprintf("%s after %s", solver.Status, wording.Count(solver.Iterations, "epoch", "epochs"))
	}
	return fmt.Sprintf("%s after %s, gradient norm %.1e", solver.Status, wording.Count(solver.Iterations, "iteration", "iterations"), solver.GradientNorm)
}

// calibrationText is one line of what the temperature does to held-out images.
func calibrationText(c *head.Calibration) string {
	return fmt.Sprintf("temperature %.3f: calibration error %.4f → %.4f, Brier score %.4f → %.4f, log-loss %.4f → %.4f",
		c.Temperature, c.Before.CalibrationError, c.After.CalibrationError, c.Before.Brier, c.After.Brier, c.Before.LogLoss, c.After.LogLoss)
}

// unknownText is one line about the threshold of the unknown score. A head of an
// old file may have none, or none that was measured.
func unknownText(u *head.Unknown) string {
	switch {
	case u == nil:
		return "the head has none"
	case u.LostInterval == nil:
		return fmt.Sprintf("threshold %.3f; how many new photos of the classes will be above it was not measured", u.Threshold)
	}
	digits := 0 // no more than the interval has a use for
	for width := 100 * (u.LostInterval.High - u.LostInterval.Low); width < 10 && digits < 2; width *= 10 {
		digits++
	}
	text := fmt.Sprintf("threshold %.3f: about %.*f %% of new photos of the classes will be above it (95 %% interval %.1f to %.1f %%)",
		u.Threshold, digits, 100*u.Lost, 100*u.LostInterval.Low, 100*u.LostInterval.High)
	if asked := 1 - u.KnownRecall; u.Lost > asked+1e-9 {
		text += fmt.Sprintf("; too few images for %.3g %%", 100*asked)
	}
	return text
}
