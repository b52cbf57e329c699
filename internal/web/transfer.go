package web

import (
	headstart "github.com/digitalinnovationone/headstart"
)

// transfer compares what was learnt with the backbone with what can be learnt
// without.
type transfer struct {
	Text string
	Note string // why a way to learn is missing
	Rows []baselineRow
	Plot *plot
}

type baselineRow struct{ Name, Accuracy, Interval string }

func (m *maker) transfer() *transfer {
	p := m.r.Pixels
	if p == nil || len(p.Baselines) == 0 {
		return nil
	}
	out := &transfer{Text: m.text("The same %d photos, learnt with and without a pretrained backbone; all measured on the same %d other photos.", p.Images, p.Tested)}
	if p.NoRandomWeight != "" {
		out.Note = m.text("Random weights were not tried: %s.", shown(p.NoRandomWeight))
	}
	for _, b := range p.Baselines {
		out.Rows = append(out.Rows, baselineRow{m.baseline(b), m.share(b.Scores.Accuracy),
			m.text("%s to %s", m.share(b.Scores.Interval.Low), m.share(b.Scores.Interval.High))})
	}
	out.Plot = m.transferPlot()
	return out
}

// baseline says what was learnt from.
func (m *maker) baseline(b headstart.Baseline) string {
	switch b.Kind {
	case headstart.BaselineTransfer:
		return m.text("Pretrained backbone")
	case headstart.BaselineLogistic:
		return m.text("32×32 pixels, logistic regression")
	case headstart.BaselineMLP:
		return m.text("32×32 pixels, MLP")
	case headstart.BaselineRandomWeight:
		return m.text("Same backbone, random weights")
	}
	return shown(b.Kind)
}
