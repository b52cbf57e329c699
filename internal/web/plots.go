package web

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/web/chart"
)

// plots are those of a report, with what goes beside them.
type plots struct {
	Plots []*plot
	Tried []tried
	Map   *plot
}

// plot is a chart with a name, that of its file, and what to say of it.
type plot struct {
	Name, Title string
	Texts       []string
	Chart       *chart.Chart
}

// SVG returns the plot as the page shows it.
func (p *plot) SVG() template.HTML { return template.HTML(p.Chart.SVG()) }

// Keys returns the legend of a plot that leaves it to the page.
func (p *plot) Keys() []plotKey {
	var keys []plotKey
	for _, k := range p.Chart.Keys() {
		keys = append(keys, plotKey{k.Name, template.HTML(k.SVG)})
	}
	return keys
}

type plotKey struct {
	Name string
	SVG  template.HTML
}

// Text returns the first thing to say of it.
func (p *plot) Text() string {
	if len(p.Texts) == 0 {
		return ""
	}
	return p.Texts[0]
}

type tried struct {
	Head, C, LogLoss string
	Taken            bool
}

func (m *maker) plots() *plots {
	out := &plots{Plots: m.all(), Map: m.mapPlot()}
	for _, c := range m.r.Tried {
		head := m.r.Head.Training
		t := tried{Head: headKind(c.Head), LogLoss: m.share(c.LogLoss)}
		t.Taken = c.Head == head.Head && c.Input == head.Input && (slices.Equal(c.Blocks, head.Blocks) || max(len(c.Blocks), len(head.Blocks)) < 2)
		if len(c.Blocks) > 1 {
			t.Head += m.text(", %d blocks, earlier ones × %s", len(c.Blocks), m.Sprintf("%.3g", c.Blocks[0].Weight))
		}
		if c.Input != "" {
			t.Head += ", " + short(c.Input, 80)
		}
		if c.C > 0 {
			t.C = m.Sprintf("%.3g", c.C)
		}
		out.Tried = append(out.Tried, t)
	}
	if len(out.Plots) == 0 && out.Map == nil && len(out.Tried) == 0 {
		return nil
	}
	return out
}

// all returns the plots that there are numbers for, but for the map and that of
// learning without transfer, which have places of their own.
func (m *maker) all() []*plot {
	var there []*plot
	for _, p := range []*plot{m.learningPlot(), m.lossPlot(), m.reliabilityPlot(), m.probabilityPlot(), m.rocPlot(), m.precisionPlot(), m.unknownPlot()} {
		if p != nil {
			there = append(there, p)
		}
	}
	return there
}

func (p *page) hasPlot(name string) bool {
	if p.Plots == nil {
		return false
	}
	for _, p := range p.Plots.Plots {
		if p.Name == name {
			return true
		}
	}
	return false
}

// WritePlots writes the plots of a report into a folder, which is made if it is not
// there: learning.svg, reliability.svg and so on. It returns the files' names.
func WritePlots(folder string, r *headstart.Report, lang string) ([]string, error) {
	w, err := wordsIn(lang)
	if err != nil {
		return nil, err
	}
	if err := check(r); err != nil {
		return nil, err
	}
	m := &maker{w, r, map[int]bool{}}
	all := m.all()
	for _, p := range []*plot{m.mapPlot(), m.transferPlot()} {
		if p != nil {
			all = append(all, p)
		}
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	css := assets("colours.css", "chart.css")
	var written []string
	for _, p := range all {
		name := filepath.Join(folder, p.Name+".svg")
		if err := writePlot(name, p.Chart.File(css)); err != nil {
			return written, err
		}
		written = append(written, name)
	}
	return written, nil
}

// writePlot writes a file, and replaces only a plot.
func writePlot(name string, content []byte) error {
	there, err := os.ReadFile(name)
	switch {
	case err == nil && !chart.IsFile(there):
		return fmt.Errorf("cannot write plot %s: the existing file holds something else", name)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return atomicfile.Write(name, 0o666, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// headKind is how people call a kind of head.
func headKind(kind string) string { return short(kind, 40) }
