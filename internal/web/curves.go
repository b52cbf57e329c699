package web

import (
	"cmp"
	"slices"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/web/chart"
)

// unit is an axis from 0 to 1.
func (m *maker) unit(label string) chart.Axis {
	return chart.Axis{Label: m.text(label), Min: 0, Max: 1, Format: m.tenths}
}

func (m *maker) tenths(value float64) string { return m.Sprintf("%.1f", value) }
func (m *maker) whole(value float64) string  { return m.Sprintf("%d", int(value+0.5)) }

// diagonal is where two axes from 0 to 1 agree.
func diagonal(name string) chart.Series {
	return chart.Series{Name: name, Muted: true, Dashed: true, Points: []chart.Point{{X: 0, Y: 0}, {X: 1, Y: 1}}}
}

func (m *maker) reliabilityPlot() *plot {
	s := chart.Series{Kind: chart.Dots, Name: m.text("photos, with 95 %% interval")}
	for _, b := range m.r.Measured.Reliability {
		if b.Images > 0 {
			s.Points = append(s.Points, chart.Point{X: b.Probability, Y: b.Accuracy, Low: b.Interval.Low, High: b.Interval.High})
		}
	}
	if len(s.Points) == 0 {
		return nil
	}
	line := chart.Series{Points: s.Points}
	p := &plot{Name: "reliability", Title: m.text("Reliability"), Chart: &chart.Chart{
		X: m.unit("Probability"), Y: m.unit("Share correct"),
		Series: []chart.Series{diagonal(m.text("ideal")), line, s},
	}}
	text := m.text("On the dashed line, predictions with probability 0.8 are right 8 times out of 10. Below it, the head is overconfident.")
	if metrics := m.r.Measured.Metrics; metrics != nil {
		text += " " + m.text("Calibration error: %s.", m.share(metrics.CalibrationError))
	}
	return p.say(text)
}

// say adds what to say of a plot, for the page and for those who cannot see it.
func (p *plot) say(texts ...string) *plot {
	p.Texts = append(p.Texts, texts...)
	p.Chart.Title = p.Title
	if len(p.Texts) > 0 {
		p.Chart.Text = p.Texts[0]
	}
	return p
}

func (m *maker) probabilityPlot() *plot {
	s := chart.Series{Kind: chart.Bars}
	most := 0
	for _, b := range m.r.Measured.Reliability {
		s.Points = append(s.Points, chart.Point{Left: b.Low, Right: b.High, Y: float64(b.Images)})
		most = max(most, b.Images)
	}
	if most == 0 {
		return nil
	}
	p := &plot{Name: "probabilities", Title: m.text("Probabilities"), Chart: &chart.Chart{
		X: m.unit("Probability of the predicted class"), Y: chart.Axis{Label: m.text("Photos"), Max: 1.05 * float64(most), Format: m.whole},
		Series: []chart.Series{s},
	}}
	return p.say(m.text("How confident the head is in its predictions."))
}

// maxCurves is how many classes have a curve of their own: as many as there are
// colours.
const maxCurves = chart.Colours

// worst returns the classes with the lowest scores, and says how many there are
// if those are not all.
func (m *maker) worst(score func(class int) *float64) (worst []headstart.ClassCurves, rest []string) {
	curves := slices.DeleteFunc(slices.Clone(m.r.Measured.Curves), func(c headstart.ClassCurves) bool { return len(c.ROC) == 0 && len(c.PR) == 0 })
	value := func(c headstart.ClassCurves) float64 {
		if s := score(c.Class); s != nil {
			return *s
		}
		return 1
	}
	if all := len(curves); all > maxCurves {
		slices.SortStableFunc(curves, func(a, b headstart.ClassCurves) int { return cmp.Compare(value(a), value(b)) })
		curves, rest = curves[:maxCurves], []string{m.text("Only the %d of %d classes with the lowest area are drawn.", maxCurves, all)}
	}
	return curves, rest
}

func (m *maker) rocPlot() *plot {
	score := func(class int) *float64 {
		if s := m.r.Measured.Metrics; s != nil && class < len(s.Classes) {
			return s.Classes[class].ROCAUC
		}
		return nil
	}
	p := &plot{Name: "roc", Title: m.text("ROC curves"), Chart: &chart.Chart{
		X: m.unit("False positive rate"), Y: m.unit("True positive rate"), Series: []chart.Series{diagonal("")},
	}}
	curves, rest := m.worst(score)
	for i, c := range curves {
		p.Chart.Series = append(p.Chart.Series, m.curve(i, c.Class, c.ROC, score(c.Class)))
	}
	if len(p.Chart.Series) == 1 {
		return nil
	}
	return p.say(append([]string{m.text("Each class against the rest, with the area under its curve.")}, rest...)...)
}

func (m *maker) precisionPlot() *plot {
	score := func(class int) *float64 {
		if s := m.r.Measured.Metrics; s != nil && class < len(s.Classes) {
			return s.Classes[class].AveragePrecision
		}
		return nil
	}
	p := &plot{Name: "precision-recall", Title: m.text("Precision–recall curves"), Chart: &chart.Chart{
		X: m.unit("Recall"), Y: m.unit("Precision"),
	}}
	curves, rest := m.worst(score)
	for i, c := range curves {
		p.Chart.Series = append(p.Chart.Series, m.curve(i, c.Class, c.PR, score(c.Class)))
	}
	if len(p.Chart.Series) == 0 {
		return nil
	}
	return p.say(append([]string{m.text("Each class against the rest, with its average precision.")}, rest...)...)
}

func (m *maker) curve(colour, class int, points []headstart.Point, area *float64) chart.Series {
	s := chart.Series{Name: short(string(m.class(class)), 22), Colour: colour, Dashed: colour%2 == 1}
	if area != nil {
		s.Name += " " + m.share(*area)
	}
	for _, p := range points {
		s.Points = append(s.Points, chart.Point{X: p.X, Y: p.Y})
	}
	return s
}

func (m *maker) unknownPlot() *plot {
	u := m.r.Unknown
	if u == nil || len(u.Known) == 0 || slices.Max(u.Known) == 0 {
		return nil
	}
	width := (u.High - u.Low) / float64(len(u.Known))
	s := chart.Series{Kind: chart.Bars, Name: m.text("photos of the data")}
	for i, n := range u.Known {
		s.Points = append(s.Points, chart.Point{Left: u.Low + float64(i)*width, Right: u.Low + float64(i+1)*width, Y: float64(n)})
	}
	top := 1.05 * float64(slices.Max(u.Known))
	threshold := chart.Series{Name: m.text("threshold %s", m.share(u.Threshold)), Muted: true, Dashed: true,
		Points: []chart.Point{{X: u.Threshold, Y: 0}, {X: u.Threshold, Y: top}}}
	p := &plot{Name: "unknown", Title: m.text("Unknown scores"), Chart: &chart.Chart{
		X:      chart.Axis{Label: m.text("Unknown score"), Min: u.Low, Max: max(u.High, u.Threshold), Format: m.decimals},
		Y:      chart.Axis{Label: m.text("Photos"), Max: top, Format: m.whole},
		Series: []chart.Series{s, threshold},
	}}
	return p.say(m.text("%d of %d photos score above the threshold and would be called unknown.", u.Above, u.Images))
}

// decimals writes a tick as short as it can be.
func (m *maker) decimals(value float64) string { return m.Sprintf("%.4g", value) }
