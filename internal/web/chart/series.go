package chart

import (
	"bytes"
	"fmt"
	"math"
	"strings"
)

// class returns the classes of a series in chart.css.
func (s Series) class() string {
	class := fmt.Sprintf("s%d", s.Colour%Colours)
	if s.Muted || s.Kind == Rings {
		class = "muted"
	}
	if s.Dashed {
		class += " dashed"
	}
	return class
}

// series draws the points of one. Those that are no numbers are left out.
func (c *Chart) series(out *bytes.Buffer, s Series) {
	fmt.Fprintf(out, `<g class="%s">`, s.class())
	defer out.WriteString(`</g>`)
	switch s.Kind {
	case Line:
		var path strings.Builder
		for _, p := range s.Points {
			if isNumber(p.X, p.Y) {
				fmt.Fprintf(&path, "%s%.1f %.1f", next(&path), c.x(p.X), c.y(p.Y))
			}
		}
		fmt.Fprintf(out, `<path class="line" d="%s"/>`, path.String())
	case Band:
		var path strings.Builder
		for _, p := range s.Points {
			fmt.Fprintf(&path, "%s%.1f %.1f", next(&path), c.x(p.X), c.y(p.High))
		}
		for i := len(s.Points) - 1; i >= 0; i-- {
			fmt.Fprintf(&path, "L%.1f %.1f", c.x(s.Points[i].X), c.y(s.Points[i].Low))
		}
		fmt.Fprintf(out, `<path class="band" d="%sZ"/>`, path.String())
	case Bars:
		for _, p := range s.Points {
			x, y := c.x(p.Left), c.y(p.Y)
			fmt.Fprintf(out, `<rect class="bar" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, x, y, max(0.5, c.x(p.Right)-x-1), c.y(c.Y.Min)-y)
		}
	case Dots:
		c.dots(out, s)
	case Rings:
		for _, p := range s.Points {
			fmt.Fprintf(out, `<circle class="ring" cx="%.1f" cy="%.1f" r="6"/>`, c.x(p.X), c.y(p.Y))
		}
	}
}

func (c *Chart) dots(out *bytes.Buffer, s Series) {
	for _, p := range s.Points {
		if !isNumber(p.X, p.Y) {
			continue
		}
		x, y := c.x(p.X), c.y(p.Y)
		if p.Low < p.High {
			fmt.Fprintf(out, `<path class="error" d="M%.1f %.1fV%.1f"/>`, x, c.y(p.Low), c.y(p.High))
		}
		tag := ""
		if s.Tagged {
			tag = fmt.Sprintf(` data-point="%d"`, p.Tag)
		}
		out.WriteString(mark(s.Colour, tag, x, y))
	}
}

// mark returns the mark of a colour. Shapes tell colours apart for those who
// cannot.
func mark(colour int, tag string, x, y float64) string {
	switch colour % 4 {
	case 1:
		return fmt.Sprintf(`<path class="dot"%s d="M%.1f %.1fl3.6 6.6h-7.2z"/>`, tag, x, y-4)
	case 2:
		return fmt.Sprintf(`<path class="dot"%s d="M%.1f %.1fh6v6h-6z"/>`, tag, x-3, y-3)
	case 3:
		return fmt.Sprintf(`<path class="dot"%s d="M%.1f %.1fl4 4-4 4-4-4z"/>`, tag, x, y-4)
	}
	return fmt.Sprintf(`<circle class="dot"%s cx="%.1f" cy="%.1f" r="3.4"/>`, tag, x, y)
}

func next(path *strings.Builder) string {
	if path.Len() == 0 {
		return "M"
	}
	return "L"
}

func isNumber(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
