package web

import (
	"math"

	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/web/chart"
)

// mapPlot puts photos on a plane such that those with near embeddings are near.
func (m *maker) mapPlot() *plot {
	of := m.r.Map
	if of == nil || len(of.Points) == 0 {
		return nil
	}
	c := &chart.Chart{Bare: true}
	c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	classes := make([]chart.Series, min(len(m.r.Classes), chart.Colours))
	others := chart.Series{Kind: chart.Dots, Muted: true, Tagged: true}
	wrong := chart.Series{Name: m.text("predicted wrongly"), Kind: chart.Rings}
	for i := range classes {
		classes[i] = chart.Series{Name: short(m.r.Classes[i], 24), Kind: chart.Dots, Colour: i, Tagged: true}
	}
	if rest := len(m.r.Classes) - len(classes); rest > 0 {
		others.Name = m.text("%d other classes", rest)
	}
	for i, p := range of.Points {
		x, y := float64(p.X), float64(p.Y)
		c.X.Min, c.X.Max = min(c.X.Min, x), max(c.X.Max, x)
		c.Y.Min, c.Y.Max = min(c.Y.Min, y), max(c.Y.Max, y)
		point := chart.Point{X: x, Y: y, Tag: i}
		if p.Actual >= 0 && p.Actual < len(classes) {
			classes[p.Actual].Points = append(classes[p.Actual].Points, point)
		} else {
			others.Points = append(others.Points, point)
		}
		if p.Wrong {
			wrong.Points = append(wrong.Points, point)
		}
	}
	c.Series = append(c.Series, others)
	c.Series = append(c.Series, classes...)
	if len(wrong.Points) > 0 {
		c.Series = append(c.Series, wrong)
	}
	p := &plot{Name: "map", Title: m.text("Map of the embeddings"), Chart: c}
	text := m.text("Photos with similar embeddings are close together (%s).", m.method(of.Method))
	if len(of.Points) < of.Images {
		text += " " + m.text("%d of %d photos are drawn.", len(of.Points), of.Images)
	}
	if of.Method == head.MapNeighbours {
		text += " " + m.text("Sizes of clusters and distances between them mean nothing.")
	}
	return p.say(text)
}

// method says how the map was made.
func (m *maker) method(method string) string {
	switch method {
	case head.MapPCA:
		return m.text("principal components")
	case head.MapDiscriminant:
		return m.text("discriminant's directions")
	case head.MapNeighbours:
		return "t-SNE"
	}
	return shown(method)
}
