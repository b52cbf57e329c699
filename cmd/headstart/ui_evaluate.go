package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// evaluateReport is what evaluate prints.
type evaluateReport struct {
	*headstart.Evaluation
	Mistakes []headstart.Mistake `json:"mistakes"` // the most confident first
}

func (r evaluateReport) print(t *terminal) error {
	name := "scores"
	if r.Split != dataset.Unsplit {
		name = string(r.Split)
	}
	if err := t.print("%s: %s", name, r.Summary()); err != nil {
		return err
	}
	for _, rows := range [][][]string{r.totals(), r.classes(), r.confusion(), r.mistakeRows()} {
		if err := t.table(rows); err != nil {
			return err
		}
	}
	if c := r.Comparison; c != nil {
		return t.table([][]string{{}, {c.String()}})
	}
	return nil
}

func (r evaluateReport) totals() [][]string {
	return [][]string{
		{},
		{"balanced accuracy", decimals(r.BalancedAccuracy)},
		{"ROC-AUC", decimals(r.ROCAUC)},
		{"average precision", decimals(r.AveragePrecision)},
		{"calibration error", decimals(&r.CalibrationError)},
		{"Brier score", decimals(&r.Brier)},
	}
}

// maxClasses is how many classes are listed as text.
const maxClasses = 100

// classes lists all classes, or the worst where they are many. A class without
// images has no scores to show.
func (r evaluateReport) classes() [][]string {
	title, listed := "class", r.Classes
	if len(listed) > maxClasses {
		listed = slices.DeleteFunc(slices.Clone(listed), func(c metrics.ClassScores) bool { return c.Images == 0 })
		title = fmt.Sprintf("lowest F1 of %d classes", len(listed))
		slices.SortStableFunc(listed, func(a, b metrics.ClassScores) int { return cmp.Compare(a.F1, b.F1) })
		listed = listed[:min(wording.MaxNames, len(listed))]
	}
	rows := [][]string{{}, {title, "images", "precision", "recall", "F1", "ROC-AUC", "avg. precision"}}
	for _, c := range listed {
		scores := []*float64{&c.Precision, &c.Recall, &c.F1, c.ROCAUC, c.AveragePrecision}
		if c.Images == 0 {
			scores = make([]*float64, len(scores))
		}
		row := []string{wording.Name(c.Class), strconv.Itoa(c.Images)}
		for _, score := range scores {
			row = append(row, decimals(score))
		}
		rows = append(rows, row)
	}
	return rows
}

// decimals shows a score, or a dash where it is not defined.
func decimals(score *float64) string {
	if score == nil {
		return "-"
	}
	return fmt.Sprintf("%.4f", *score)
}

// maxConfusion is how many classes a confusion matrix is shown for as text.
const maxConfusion = 12

func (r evaluateReport) confusion() [][]string {
	if len(r.Classes) > maxConfusion {
		return nil
	}
	header := []string{"actual \\ predicted"}
	for _, c := range r.Classes {
		header = append(header, wording.Name(c.Class))
	}
	rows := [][]string{{}, header}
	for i, counts := range r.Confusion {
		row := []string{wording.Name(r.Classes[i].Class)}
		for _, n := range counts {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}

func (r evaluateReport) mistakeRows() [][]string {
	if len(r.Mistakes) == 0 {
		return nil
	}
	rows := [][]string{{}, {"most confident mistakes", "actual", "predicted", "probability"}}
	for _, m := range r.Mistakes {
		rows = append(rows, []string{wording.Name(string(m.Path)), wording.Name(m.Label), wording.Name(m.Class), fmt.Sprintf("%.4f", m.Probability)})
	}
	return rows
}
