package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/head/metrics"
)

// trainRows is the report as a table.
func trainRows(r *headstart.TrainReport) [][]string {
	images := 0
	var classes []string
	for i, class := range r.Classes {
		images += r.Training.Images[i]
		classes = append(classes, fmt.Sprintf("%s %d", printable(class), r.Training.Images[i]))
	}
	rows := [][]string{
		{"head", printable(r.Head)},
		{"backbone", printable(r.Backbone)},
		{"images", fmt.Sprintf("%d (%s)", images, firstFew(classes))},
		{"kind", kindText(r)},
	}
	rows = append(rows, settings(r)...)
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

// kindText names the kind of head, and what it was chosen from: the kind with
// the lowest log-loss, or the first where it is as good but for chance.
func kindText(r *headstart.TrainReport) string {
	if len(r.Training.Candidates) < 2 {
		return r.Training.Head
	}
	losses := make([]string, len(r.Training.Candidates))
	for i, c := range r.Training.Candidates {
		losses[i] = fmt.Sprintf("%s %.4f", c.Head, c.LogLoss)
	}
	lowest := slices.MinFunc(r.Training.Candidates, func(a, b head.Candidate) int { return cmp.Compare(a.LogLoss, b.LogLoss) })
	why := "chosen by"
	if lowest.Head != r.Training.Head {
		why = "within two standard errors of the lowest"
	}
	return fmt.Sprintf("%s (%s cross-validated log-loss: %s)", r.Training.Head, why, strings.Join(losses, ", "))
}

// settings are those of the kind of head, and how its fit ended.
func settings(r *headstart.TrainReport) [][]string {
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
func fitText(r *headstart.TrainReport) string {
	solver := r.Training.Solver
	if r.Training.Head == head.MLP {
		return fmt.Sprintf("%s after %s", solver.Status, count(solver.Iterations, "epoch", "epochs"))
	}
	return fmt.Sprintf("%s after %s, gradient norm %.1e", solver.Status, count(solver.Iterations, "iteration", "iterations"), solver.GradientNorm)
}

// calibrationText is one line of what the temperature does to held-out images.
func calibrationText(c *head.Calibration) string {
	return fmt.Sprintf("temperature %.3f: calibration error %.4f → %.4f, Brier score %.4f → %.4f, log-loss %.4f → %.4f",
		c.Temperature, c.Before.CalibrationError, c.After.CalibrationError, c.Before.Brier, c.After.Brier, c.Before.LogLoss, c.After.LogLoss)
}

// unknownText is one line about the threshold of the unknown score.
func unknownText(u *head.Unknown) string {
	return fmt.Sprintf("threshold %.3f (%.4g %% of training images score below it, leave-one-out)", u.Threshold, 100*u.KnownRecall)
}

// scoresText is one line of scores.
func scoresText(s metrics.Scores) string {
	return fmt.Sprintf("accuracy %.4f (95 %% interval %.3f to %.3f), log-loss %.4f, on %s", s.Accuracy, s.Interval.Low, s.Interval.High, s.LogLoss, count(s.Images, "image", "images"))
}
