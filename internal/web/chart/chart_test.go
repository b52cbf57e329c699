package chart

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		axis Axis
		want []float64
	}{
		{Axis{Max: 1}, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{Axis{Max: 437}, []float64{0, 100, 200, 300, 400}},
		{Axis{Min: 0.7, Max: 1}, []float64{0.7, 0.8, 0.9, 1}},
		{Axis{Min: 4, Max: 110, Log: true}, []float64{5, 10, 20, 50, 100}},
		{Axis{Min: 1, Max: 1e6, Log: true}, []float64{1, 10, 100, 1000, 1e4, 1e5, 1e6}},
		{Axis{Min: 3, Max: 3}, nil},
	} {
		got := c.axis.ticks(6)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Errorf("%+v: ticks %v, not %v", c.axis, got, c.want)
		}
	}
}

func TestMarksAreWhereTheirNumbersSay(t *testing.T) {
	c := Chart{X: Axis{Max: 10}, Y: Axis{Max: 10}, Series: []Series{{Kind: Dots, Tagged: true, Points: []Point{
		{X: 0, Y: 0, Tag: 7}, {X: 10, Y: 10, Tag: 8}, {X: 5, Y: 5, Tag: 9}, {X: math.NaN(), Y: 1, Tag: 10}}}}}
	marks := regexp.MustCompile(`data-point="(\d+)" cx="([\d.]+)" cy="([\d.]+)"`).FindAllStringSubmatch(c.SVG(), -1)
	want := [][3]float64{{7, left, height - bottom}, {8, width - right, top}, {9, (left + width - right) / 2, (top + height - bottom) / 2}}
	if len(marks) != len(want) {
		t.Fatalf("%d marks, not %d", len(marks), len(want))
	}
	for i, m := range marks {
		for k, w := range want[i] {
			if got, err := strconv.ParseFloat(m[k+1], 64); err != nil || math.Abs(got-w) > 0.06 {
				t.Errorf("mark %d: %v, not %v", i, m[1:], want[i])
			}
		}
	}
}

func TestNamesAreText(t *testing.T) {
	c := Chart{Title: `<a>"&`, X: Axis{Label: "<b>", Max: 1}, Y: Axis{Max: 1}, Series: []Series{{Name: `</svg><script>`}}}
	if svg := c.SVG(); strings.Contains(svg, "<a>") || strings.Contains(svg, "<b>") || strings.Contains(svg, "<script>") {
		t.Error(svg)
	}
}

func TestLegendStaysWithinTheChart(t *testing.T) {
	c := Chart{}
	for range 9 {
		c.Series = append(c.Series, Series{Name: "a class with a long name"}, Series{Name: "b"}, Series{})
	}
	entries := 0
	for _, row := range c.legend() {
		for _, e := range row {
			entries++
			if end := e.x + 24 + letterWidth*float64(len(e.text)); end > width {
				t.Errorf("%q ends at %v of %v", e.text, end, width)
			}
		}
	}
	if entries != 18 {
		t.Errorf("%d entries of 18 names", entries)
	}
}
