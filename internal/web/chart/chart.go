// Package chart draws curves, histograms and clouds of points as SVG. Colours are
// classes that a style sheet fills in, so that a chart follows the page that it is
// in from light to dark; File writes one that stands alone.
package chart

import (
	"bytes"
	"fmt"
	"html"
	"strings"
)

// Kind is how the points of a series are drawn.
type Kind int

// The kinds of series.
const (
	Line  Kind = iota // a curve through the points
	Dots              // a mark at each point, with a bar from Low to High where these differ
	Bars              // a column from Left to Right, up to Y
	Band              // the area between Low and High
	Rings             // a circle around each point
)

// Colours is how many colours there are for series; more start again.
const Colours = 8

// Point is a point of a series.
type Point struct {
	X, Y        float64
	Low, High   float64 // of the interval of Y
	Left, Right float64 // of a column
	Tag         int     // what the page's script knows the point by, see Series.Tagged
}

// Series are the points of one thing.
type Series struct {
	Name   string // in the legend; "" is not in it
	Kind   Kind
	Points []Point
	Colour int
	Dashed bool
	Muted  bool // grey: something to compare with, not data
	Tagged bool // points have tags
}

// Axis is one of a chart's two.
type Axis struct {
	Label    string
	Min, Max float64
	Log      bool
	Ticks    []float64            // nil chooses round ones
	Format   func(float64) string // of ticks
}

// Chart is a plot of some series. Its colours and sizes are in chart.css.
type Chart struct {
	Title  string // what it shows
	Text   string // what there is to see, for those who cannot see it
	X, Y   Axis
	Series []Series
	// Bare charts have no axes, since these mean nothing, and as much room as a page is
	// wide. Their legend is left to the page, see Keys.
	Bare bool
}

// size returns that of the frame.
func (c *Chart) size() (w, h float64) {
	if c.Bare {
		return 640, 440
	}
	return width, height
}

// The frame in units of the view box, in which text is 12 and 13 high.
const (
	width, height          = 420.0, 300.0
	left, right            = 56.0, 12.0
	top, bottom            = 12.0, 46.0
	legendRow, letterWidth = 19.0, 6.9
)

// SVG returns the chart to be put into a page.
func (c *Chart) SVG() string {
	var out bytes.Buffer
	c.draw(&out, "")
	return out.String()
}

// beginning is how the files of charts begin.
const beginning = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<svg xmlns="http://www.w3.org/2000/svg" class="chart"`

// IsFile says whether a file holds a chart.
func IsFile(content []byte) bool { return bytes.HasPrefix(content, []byte(beginning)) }

// File returns the chart as a file of its own, styled by css.
func (c *Chart) File(css string) []byte {
	var out bytes.Buffer
	c.draw(&out, css)
	out.WriteString("\n")
	return out.Bytes()
}

func (c *Chart) draw(out *bytes.Buffer, css string) {
	width, height := c.size()
	var legend [][]entry
	if !c.Bare || css != "" {
		legend = c.legend()
	}
	whole := height
	if len(legend) > 0 {
		whole += legendRow*float64(len(legend)) + 4
	}
	if css == "" {
		out.WriteString(`<svg class="chart"`)
	} else {
		out.WriteString(beginning)
	}
	fmt.Fprintf(out, ` viewBox="0 0 %g %g" role="img"`, width, whole)
	if css != "" {
		fmt.Fprintf(out, ` width="%g" height="%g"`, 2*width, 2*whole)
	}
	fmt.Fprintf(out, ` aria-label="%s">`, escape(strings.TrimSpace(c.Title+". "+c.Text)))
	if css != "" {
		fmt.Fprintf(out, `<title>%s</title><style>%s</style><rect class="paper" width="%g" height="%g"/>`, escape(c.Title), escape(css), width, whole)
	}
	if c.Bare {
		fmt.Fprintf(out, `<rect class="frame" x="1" y="1" width="%g" height="%g" rx="6"/>`, width-2, height-2)
	} else {
		c.axes(out)
	}
	for _, s := range c.Series {
		c.series(out, s)
	}
	for row, entries := range legend {
		y := height + legendRow*float64(row) + 10
		for _, e := range entries {
			fmt.Fprintf(out, `<g class="%s">%s</g>`, e.class, e.key(y-4))
			fmt.Fprintf(out, `<text x="%.1f" y="%.1f">%s</text>`, e.x+24, y, escape(e.text))
		}
	}
	out.WriteString(`</svg>`)
}

// axes draws both, and a grid.
func (c *Chart) axes(out *bytes.Buffer) {
	for _, tick := range c.X.ticks(6) {
		x := c.x(tick)
		fmt.Fprintf(out, `<path class="grid" d="M%.1f %gV%g"/>`, x, top, height-bottom)
		fmt.Fprintf(out, `<text class="tick" x="%.1f" y="%g" text-anchor="middle">%s</text>`, x, height-bottom+17, escape(c.X.format(tick)))
	}
	for _, tick := range c.Y.ticks(5) {
		y := c.y(tick)
		fmt.Fprintf(out, `<path class="grid" d="M%g %.1fH%g"/>`, left, y, width-right)
		fmt.Fprintf(out, `<text class="tick" x="%g" y="%.1f" text-anchor="end">%s</text>`, left-7, y+4, escape(c.Y.format(tick)))
	}
	fmt.Fprintf(out, `<path class="axis" d="M%g %gV%gH%g"/>`, left, top, height-bottom, width-right)
	fmt.Fprintf(out, `<text class="label" x="%g" y="%g" text-anchor="middle">%s</text>`, (left+width-right)/2, height-8, escape(c.X.Label))
	middle := (top + height - bottom) / 2
	fmt.Fprintf(out, `<text class="label" transform="translate(13 %g) rotate(-90)" text-anchor="middle">%s</text>`, middle, escape(c.Y.Label))
}

// entry is a name in the legend.
type entry struct {
	text, class string
	kind        Kind
	colour      int
	x           float64
}

// key draws what the series looks like.
func (e entry) key(y float64) string {
	switch e.kind {
	case Dots:
		return mark(e.colour, "", e.x+12, y)
	case Rings:
		return fmt.Sprintf(`<circle class="ring" cx="%.1f" cy="%.1f" r="6"/>`, e.x+12, y)
	case Bars:
		return fmt.Sprintf(`<rect class="bar" x="%.1f" y="%.1f" width="12" height="10"/>`, e.x+6, y-5)
	}
	return fmt.Sprintf(`<path class="line" d="M%.1f %.1fh20"/>`, e.x, y)
}

// legend returns its rows.
func (c *Chart) legend() [][]entry {
	var rows [][]entry
	width, _ := c.size()
	x := width
	for _, s := range c.Series {
		if s.Name == "" {
			continue
		}
		text := cut(s.Name, 40)
		need := 24 + letterWidth*float64(len([]rune(text))) + 14
		if x+need > width {
			rows, x = append(rows, nil), 8
		}
		last := len(rows) - 1
		rows[last] = append(rows[last], entry{text, s.class(), s.Kind, s.Colour, x})
		x += need
	}
	return rows
}

// Key is an entry of the legend, for a page to show.
type Key struct{ Name, SVG string }

// Keys returns what the legend has.
func (c *Chart) Keys() []Key {
	var keys []Key
	for _, row := range c.legend() {
		for _, e := range row {
			e.x = 0
			keys = append(keys, Key{e.text, fmt.Sprintf(`<svg class="chart" viewBox="0 0 24 16" width="24" height="16" aria-hidden="true"><g class="%s">%s</g></svg>`, e.class, e.key(8))})
		}
	}
	return keys
}

func cut(text string, most int) string {
	if letters := []rune(text); len(letters) > most {
		return string(letters[:most-1]) + "…"
	}
	return text
}

// escape returns text as it stands in XML.
func escape(text string) string { return html.EscapeString(text) }
