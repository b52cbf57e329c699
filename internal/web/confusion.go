package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	headstart "github.com/digitalinnovationone/headstart"
)

// Of more classes than this a page shows the most confused pairs, not a matrix; of
// more than half of it, a matrix of small cells.
const (
	maxMatrix = 40
	maxPairs  = 100
)

// confusion is the confusion matrix, or its largest cells, and the scores of each
// class.
type confusion struct {
	Dense, Wide  bool // many classes; too many for the scores to stand beside them
	Columns      []className
	Rows         []confusionRow
	Pairs        []pair
	PairsCaption string
	Classes      []classRow
}

type className struct{ Name, Short string }

type confusionRow struct {
	Class className
	Cells []cell
}

type cell struct {
	Images            string // "" if there are none
	Key, Label, Shade string
}

type pair struct{ Actual, Predicted, Images, Key, Label string }

func (m *maker) confusion() *confusion {
	s := m.r.Measured.Metrics
	if s == nil || len(m.r.Classes) == 0 {
		return nil
	}
	out := &confusion{Classes: m.classRows(), Wide: len(m.r.Classes) > 6}
	if len(m.r.Classes) > maxMatrix {
		out.pairs(m)
		return out
	}
	out.Dense = len(m.r.Classes) > maxMatrix/2
	letters := 16
	if out.Dense {
		letters = 12
	}
	counts := make([][]headstart.Cell, len(m.r.Classes))
	for i := range counts {
		counts[i] = make([]headstart.Cell, len(m.r.Classes))
	}
	for _, c := range m.r.Measured.Cells {
		counts[c.Actual][c.Predicted] = c
	}
	for i, row := range counts {
		class := className{shown(m.r.Classes[i]), short(m.r.Classes[i], letters)}
		out.Columns = append(out.Columns, class)
		total := 0
		for _, c := range row {
			total += c.Images
		}
		r := confusionRow{Class: class}
		for j, c := range row {
			r.Cells = append(r.Cells, m.cell(c, i == j, total))
		}
		out.Rows = append(out.Rows, r)
	}
	return out
}

func (m *maker) cell(c headstart.Cell, right bool, total int) cell {
	if c.Images == 0 {
		return cell{Shade: "none"}
	}
	share := float64(c.Images) / float64(total)
	shade := "miss-"
	limits := []float64{0.03, 0.08, 0.2}
	if right {
		shade, limits = "hit-", []float64{0.5, 0.75, 0.9}
	}
	level := 1
	for _, limit := range limits {
		if share > limit {
			level++
		}
	}
	return cell{m.Sprintf("%d", c.Images), key(c), m.cellLabel(c), shade + strconv.Itoa(level)}
}

// key is what the page's script knows a cell by.
func key(c headstart.Cell) string { return fmt.Sprintf("%d-%d", c.Actual, c.Predicted) }

func (m *maker) cellLabel(c headstart.Cell) string {
	return m.attribute("%d photos: actual %s, predicted %s", c.Images, m.class(c.Actual), m.class(c.Predicted))
}

// pairs lists the largest cells off the diagonal.
func (out *confusion) pairs(m *maker) {
	var wrong []headstart.Cell
	for _, c := range m.r.Measured.Cells {
		if c.Actual != c.Predicted {
			wrong = append(wrong, c)
		}
	}
	slices.SortStableFunc(wrong, func(a, b headstart.Cell) int { return cmp.Compare(b.Images, a.Images) })
	wrong = wrong[:min(maxPairs, len(wrong))]
	out.PairsCaption = m.text("%d classes are too many for a matrix. The pairs that are confused most:", len(m.r.Classes))
	for _, c := range wrong {
		out.Pairs = append(out.Pairs, pair{short(string(m.class(c.Actual)), 60), short(string(m.class(c.Predicted)), 60), m.Sprintf("%d", c.Images), key(c), m.cellLabel(c)})
	}
}

// classRow is the scores of a class.
type classRow struct {
	Class                         className
	Images, Precision, Recall, F1 string
	Interval                      string // of recall
	Low, Width, At                string // of it, of 100
	Confidence                    *spark
}

// spark is a small histogram.
type spark struct {
	Text string
	Bars []bar
}

type bar struct{ X, Y, Height string }

func (m *maker) classRows() []classRow {
	confidence := map[int][]int{}
	for _, c := range m.r.Measured.Curves {
		confidence[c.Class] = c.Confidence
	}
	var rows []classRow
	for i, s := range m.r.Measured.Classes {
		row := classRow{
			Class:  className{shown(s.Class), short(s.Class, 40)},
			Images: m.Sprintf("%d", s.Images), Precision: m.share(s.Precision), Recall: m.share(s.Recall), F1: m.share(s.F1),
			Interval: m.text("recall %s to %s", m.share(s.RecallInterval.Low), m.share(s.RecallInterval.High)),
			Low:      percent(s.RecallInterval.Low), Width: percent(s.RecallInterval.High - s.RecallInterval.Low), At: percent(min(s.Recall, 0.985)),
		}
		row.Confidence = m.spark(confidence[i])
		rows = append(rows, row)
	}
	return rows
}

// spark draws the numbers of photos in bins of the probability of their own class.
func (m *maker) spark(bins []int) *spark {
	if len(bins) == 0 || slices.Max(bins) == 0 {
		return nil
	}
	total, sure := 0, bins[len(bins)-1]
	s := &spark{}
	for i, n := range bins {
		total += n
		height := 8 * float64(n) / float64(slices.Max(bins))
		if n > 0 {
			height = max(height, 0.6)
		}
		s.Bars = append(s.Bars, bar{fmt.Sprintf("%.1f", float64(i)*100/float64(len(bins))), fmt.Sprintf("%.2f", 8-height), fmt.Sprintf("%.2f", height)})
	}
	s.Text = m.text("%d of %d photos have at least 0.9", sure, total)
	return s
}
