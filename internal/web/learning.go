package web

import (
	"math"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/web/chart"
)

// learningPlot is accuracy by photos of a class, with what twice as many would bring.
func (m *maker) learningPlot() *plot {
	l := m.r.Learning
	if l == nil || len(l.Points) == 0 {
		return nil
	}
	p := &plot{Name: "learning", Title: m.text("Learning curve")}
	s := accuracies(l.Points, 0)
	s.Name = m.text("mean over draws ± standard deviation")
	p.Chart = &chart.Chart{Y: chart.Axis{Label: m.text("Accuracy"), Max: 1, Format: m.decimals}, Series: []chart.Series{lineOf(s), s}}
	last := l.Points[len(l.Points)-1]
	p.Texts = []string{m.text("Accuracy against photos per class, measured on photos that were not trained on.")}
	most := last.PerClass
	if f := l.Fit; f != nil {
		fit := chart.Series{Name: m.text("power law"), Dashed: true, Muted: true}
		for step := range 41 {
			per := l.Points[0].PerClass * math.Pow(2*last.PerClass/l.Points[0].PerClass, float64(step)/40)
			images := per * float64(last.Images) / last.PerClass
			fit.Points = append(fit.Points, chart.Point{X: per, Y: 1 - f.Floor - f.Scale*math.Pow(images, -f.Exponent)})
		}
		twice := chart.Series{Name: m.text("twice the photos, with 95 %% interval"), Kind: chart.Dots, Colour: 1,
			Points: []chart.Point{{X: 2 * last.PerClass, Y: f.Twice, Low: f.Interval.Low, High: f.Interval.High}}}
		most = 2 * last.PerClass
		p.Chart.Series = append(p.Chart.Series, fit)
		gain := m.text("%s to %s", m.Sprintf("%+.3f", f.GainInterval.Low), m.Sprintf("%+.3f", f.GainInterval.High))
		switch {
		case !f.CanTell:
			p.Texts = append(p.Texts, m.text("What twice the photos would bring cannot be told from this curve."))
		case f.Verdict == head.Saturated:
			p.Chart.Series = append(p.Chart.Series, twice)
			p.Texts = append(p.Texts, m.text("The curve is flat: twice the photos would hardly raise the accuracy (by %s).", gain))
		default:
			p.Chart.Series = append(p.Chart.Series, twice)
			p.Texts = append(p.Texts, m.text("Twice the photos would bring an accuracy of about %s: a gain of %s.", m.share(f.Twice), gain))
		}
	} else {
		p.Texts = append(p.Texts, m.text("There are too few points to tell what more photos would bring."))
	}
	p.Chart.X = m.photosAxis(l.Points[0].PerClass, most)
	p.Chart.Y.Min = below(p.Chart.Series)
	return p.say()
}

// lossPlot is log-loss by photos of a class.
func (m *maker) lossPlot() *plot {
	l := m.r.Learning
	if l == nil || len(l.Points) == 0 {
		return nil
	}
	s := chart.Series{Kind: chart.Dots, Name: m.text("mean over draws ± standard deviation")}
	most := 0.0
	for _, p := range l.Points {
		high := p.LogLoss + p.LogLossSD
		s.Points = append(s.Points, chart.Point{X: p.PerClass, Y: p.LogLoss, Low: max(0, p.LogLoss-p.LogLossSD), High: high})
		most = max(most, high)
	}
	if !(most > 0) {
		return nil
	}
	p := &plot{Name: "learning-log-loss", Title: m.text("Learning curve: log-loss"), Chart: &chart.Chart{
		X: m.photosAxis(l.Points[0].PerClass, l.Points[len(l.Points)-1].PerClass), Y: chart.Axis{Label: m.text("Log-loss"), Max: 1.05 * most, Format: m.decimals},
		Series: []chart.Series{lineOf(s), s},
	}}
	return p.say(m.text("Log-loss also penalises confident mistakes; lower is better."))
}

func (m *maker) transferPlot() *plot {
	if m.r.Pixels == nil {
		return nil
	}
	p := &plot{Name: "transfer", Title: m.text("With and without transfer"), Chart: &chart.Chart{Y: chart.Axis{Label: m.text("Accuracy"), Max: 1, Format: m.decimals}}}
	least, most := math.Inf(1), 0.0
	for i, b := range m.r.Pixels.Baselines {
		if len(b.Points) == 0 {
			continue
		}
		s := accuracies(b.Points, i)
		s.Name, s.Dashed = m.baseline(b), i > 0
		p.Chart.Series = append(p.Chart.Series, lineOf(s), s)
		least, most = min(least, b.Points[0].PerClass), max(most, b.Points[len(b.Points)-1].PerClass)
	}
	if len(p.Chart.Series) == 0 {
		return nil
	}
	p.Chart.X = m.photosAxis(least, most)
	p.Chart.Y.Min = below(p.Chart.Series)
	return p.say(m.text("Accuracy against photos per class: mean over draws ± standard deviation."))
}

// accuracies are points with error bars.
func accuracies(points []headstart.CurvePoint, colour int) chart.Series {
	s := chart.Series{Kind: chart.Dots, Colour: colour}
	for _, p := range points {
		s.Points = append(s.Points, chart.Point{X: p.PerClass, Y: p.Accuracy, Low: max(0, p.Accuracy-p.AccuracySD), High: min(1, p.Accuracy+p.AccuracySD)})
	}
	return s
}

// lineOf joins the points of a series by a line that is not in the legend again.
func lineOf(s chart.Series) chart.Series {
	return chart.Series{Points: s.Points, Colour: s.Colour, Dashed: s.Dashed}
}

// photosAxis is logarithmic: what twice the photos bring is as wide everywhere.
func (m *maker) photosAxis(least, most float64) chart.Axis {
	if !(least > 0) {
		least = 1
	}
	return chart.Axis{Label: m.text("Photos per class"), Min: least / 1.1, Max: max(1.1*most, 1.2*least), Log: true, Format: m.decimals}
}

// below returns a round number below all points, so that a curve near 1 is not a
// flat line.
func below(all []chart.Series) float64 {
	least := 1.0
	for _, s := range all {
		for _, p := range s.Points {
			least = min(least, p.Y)
			if p.Low < p.High {
				least = min(least, p.Low)
			}
		}
	}
	return max(0, math.Floor(least*10-0.2)/10)
}
