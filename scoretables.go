package headstart

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Rows returns the evaluation as tables for people, with an empty row before
// each, and the n most confident mistakes last. Names that would disturb a
// terminal are quoted.
func (e *Evaluation) Rows(n int) [][]string {
	var comparison [][]string
	if e.Comparison != nil && e.NotMeasured == "" {
		comparison = [][]string{{wording.Line(e.Comparison.String())}}
	}
	return stacked([][]string{{e.title() + ": " + e.Summary()}},
		slices.Concat(e.totalRows(), e.unknownRows(), e.choiceRows()),
		e.classRows(), confusionRows(e.Metrics), mistakeRows(e.Mistakes(n)), comparison)
}

// stacked puts tables that are not empty below rows, with an empty row before each.
func stacked(rows [][]string, tables ...[][]string) [][]string {
	for _, table := range tables {
		if len(table) > 0 {
			rows = append(append(rows, []string{}), table...)
		}
	}
	return rows
}

// unknownRows are the shares of images that are called unknown.
func (e *Evaluation) unknownRows() [][]string {
	if e.Unknown == nil {
		return nil
	}
	rows := [][]string{{"called unknown", e.Unknown.String()}}
	if o := e.Unknown.Outside; o != nil {
		rows = append(rows, []string{"outside, called unknown", o.String()}, []string{"outside, ROC-AUC", decimals(&o.ROCAUC)})
	}
	return rows
}

// choiceRows say which images were measured, where that is not all there were or
// not as it should be.
func (e *Evaluation) choiceRows() [][]string {
	var rows [][]string
	for _, text := range e.seenTexts(Seen.text) {
		if e.AllowSeen {
			text += "; allowed by --allow-seen"
		}
		rows = append(rows, []string{"seen images", text})
	}
	if e.LeftOut.Seen > 0 {
		text := fmt.Sprintf("%d seen before", e.LeftOut.Seen)
		if by := e.LeftOut.SeenBy; len(by) > 1 {
			text += fmt.Sprintf(": %d by %s, %d by %s", by[0].images(), wording.Name(by[0].Head), by[1].images(), wording.Name(by[1].Head))
		}
		rows = append(rows, []string{"left out", text})
	}
	if len(e.LeftOut.UnknownClasses) > 0 {
		rows = append(rows, []string{"left out", "of unknown classes: " + classCounts(e.LeftOut.UnknownClasses)})
	}
	return rows
}

// classCounts lists classes with their numbers of images, or the first of many.
func classCounts(classes []ClassCount) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = fmt.Sprintf("%s %d", wording.Name(string(c.Class)), c.Images)
	}
	return wording.FirstFew(names)
}

// classRows is classRows of the metrics and a column for images called unknown.
func (e *Evaluation) classRows() [][]string {
	rows := classRows(e.Metrics)
	if e.NotMeasured != "" {
		for i, row := range rows {
			rows[i] = []string{row[0], row[1], row[3]} // the recall needs no other class
		}
	}
	if e.Unknown == nil {
		return rows
	}
	shares := map[string]*float64{}
	for i := range e.Unknown.Classes {
		c := &e.Unknown.Classes[i]
		shares[wording.Name(string(c.Class))] = &c.Share.Share
	}
	rows[0] = append(rows[0], "unknown")
	for i, row := range rows[1:] {
		rows[i+1] = append(row, decimals(shares[row[0]]))
	}
	return rows
}

// title names what was measured.
func (e *Evaluation) title() string {
	if e.Split == dataset.Unsplit {
		return "scores"
	}
	return string(e.Split)
}

// Summary returns the scores in one line, or why there are none.
func (e *Evaluation) Summary() string {
	if e.NotMeasured != "" {
		return "no scores, since " + e.NotMeasured
	}
	return e.Scores.Summary()
}

func (e *Evaluation) totalRows() [][]string {
	if e.NotMeasured != "" {
		return nil
	}
	return totalRows(e.Metrics)
}

// totalRows are the scores over all classes, but for those in Scores.Summary.
func totalRows(m *metrics.Metrics) [][]string {
	return [][]string{
		{"balanced accuracy", decimals(m.BalancedAccuracy)},
		{"ROC-AUC", decimals(m.ROCAUC)},
		{"average precision", decimals(m.AveragePrecision)},
		{"calibration error", decimals(&m.CalibrationError)},
		{"Brier score", decimals(&m.Brier)},
	}
}

// maxClassRows is how many classes are listed as text.
const maxClassRows = 100

// classRows lists all classes, or the worst where they are many, after a row of
// titles. A class without images has no scores to show.
func classRows(m *metrics.Metrics) [][]string {
	title, listed := "class", m.Classes
	if len(listed) > maxClassRows {
		listed = slices.DeleteFunc(slices.Clone(listed), func(c metrics.ClassScores) bool { return c.Images == 0 })
		title = fmt.Sprintf("lowest F1 of %d classes", len(listed))
		slices.SortStableFunc(listed, func(a, b metrics.ClassScores) int { return cmp.Compare(a.F1, b.F1) })
		listed = listed[:min(wording.MaxNames, len(listed))]
	}
	rows := [][]string{{title, "images", "precision", "recall", "F1", "ROC-AUC", "avg. precision"}}
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

// maxConfusionRows is how many classes a confusion matrix is shown for as text.
const maxConfusionRows = 12

// confusionRows is the confusion matrix after a row of titles, or nil for too
// many classes to show.
func confusionRows(m *metrics.Metrics) [][]string {
	if len(m.Classes) > maxConfusionRows {
		return nil
	}
	header := []string{"actual \\ predicted"}
	for _, c := range m.Classes {
		header = append(header, wording.Name(c.Class))
	}
	rows := [][]string{header}
	for i, counts := range m.Confusion {
		row := []string{wording.Name(m.Classes[i].Class)}
		for _, n := range counts {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return rows
}

// mistakeRows lists mistakes after a row of titles; nil if there are none.
func mistakeRows(mistakes []Mistake) [][]string {
	if len(mistakes) == 0 {
		return nil
	}
	rows := [][]string{{"most confident mistakes", "actual", "predicted", "probability"}}
	for _, m := range mistakes {
		path := wording.Name(string(m.Path))
		if m.Others > 0 {
			path += fmt.Sprintf(" and %d more (duplicates, or of its group)", m.Others)
		}
		rows = append(rows, []string{path, wording.Name(m.Label), wording.Name(m.Class), decimals(&m.Probability)})
	}
	return rows
}
