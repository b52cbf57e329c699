package web

import (
	"fmt"
	"html"
	"html/template"
	"path/filepath"

	headstart "github.com/digitalinnovationone/headstart"
)

// page is what the template of a report is filled with: its sections in order, each
// nil where there is nothing to show.
type page struct {
	Lang, Title string
	Policy      string
	Style       template.CSS
	Script      template.JS
	Data        template.JS
	Sections    []link
	Headline    *headline
	Confusion   *confusion
	Photos      *photoLists
	Looked      *looked
	Plots       *plots
	Transfer    *transfer
	About       *about
	EmptyCard   card
}

type link struct{ ID, Name string }

// maker makes the sections of a page.
type maker struct {
	*words
	r     *headstart.Report
	inRow map[int]bool // photos whose picture is in a list; all others are in the page's data
}

func newPage(r *headstart.Report, w *words) (*page, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	m := &maker{w, r, map[int]bool{}}
	style := assets("colours.css", "base.css", "headline.css", "confusion.css", "photos.css", "looked.css", "plots.css", "chart.css")
	script := assets("page.js", "photos.js", "confusion.js", "looked.js", "map.js")
	p := &page{
		Lang: w.tag.String(), Title: m.title(),
		Policy: policy(style, script), Style: template.CSS(style), Script: template.JS(script),
		Confusion: m.confusion(),
		Photos:    m.photoLists(),
		Looked:    m.looked(),
		Plots:     m.plots(),
		Transfer:  m.transfer(),
		About:     m.about(),
		EmptyCard: card{Index: -1},
	}
	section := func(there bool, id, name string) {
		if there {
			p.Sections = append(p.Sections, link{id, name})
		}
	}
	section(p.Confusion != nil, "confusion", m.text("Confusion matrix"))
	section(p.Photos != nil, "photos", m.text("Photos"))
	section(p.Looked != nil, "looked", m.text("Where it looked"))
	section(p.Plots != nil, "plots", m.text("Plots"))
	section(p.Transfer != nil, "transfer", m.text("Without transfer"))
	section(true, "about", m.text("Data"))
	p.Headline = m.headline(p)
	var err error
	p.Data, err = m.data()
	return p, err
}

// title names the report: by its head, or by its data.
func (m *maker) title() string {
	if m.r.Head.File != "" {
		return short(filepath.Base(string(m.r.Head.File)), 80)
	}
	if len(m.r.Data.Sources) > 0 {
		return short(filepath.Base(string(m.r.Data.Sources[0])), 80)
	}
	return m.text("Report")
}

// check reports indices that lead nowhere, before a template trips over them.
func check(r *headstart.Report) error {
	lists := [][]int{r.Lists.Mistakes.Photos, r.Lists.LabelErrors.Photos, r.Lists.LeastCertain.Photos, r.Lists.MostUnknown.Photos}
	lists = append(lists, r.Lists.Typical...)
	for _, g := range r.Lists.Duplicates.Shown {
		lists = append(lists, g.Photos)
	}
	for _, c := range r.Measured.Cells {
		lists = append(lists, c.Photos)
	}
	if err := checkClasses(r); err != nil {
		return err
	}
	for _, list := range lists {
		for _, i := range list {
			if i < 0 || i >= len(r.Photos) {
				return fmt.Errorf("report: photo %d of %d", i, len(r.Photos))
			}
		}
	}
	if r.Map != nil {
		for _, p := range r.Map.Points {
			if p.Photo < -1 || p.Photo >= len(r.Photos) {
				return fmt.Errorf("report: photo %d of %d", p.Photo, len(r.Photos))
			}
		}
	}
	return nil
}

func checkClasses(r *headstart.Report) error {
	var least, most int // -1 is none, where there may be none
	add := func(none int, class ...int) {
		for _, c := range class {
			least, most = min(least, c-none), max(most, c)
		}
	}
	for _, c := range r.Measured.Cells {
		add(0, c.Actual, c.Predicted)
	}
	for _, c := range r.Measured.Curves {
		add(0, c.Class)
	}
	for _, p := range r.Photos {
		add(-1, p.Actual, p.Predicted)
	}
	if r.Map != nil {
		for _, p := range r.Map.Points {
			add(-1, p.Actual)
		}
	}
	if least < 0 || most > max(0, len(r.Classes)-1) {
		return fmt.Errorf("report: classes %d to %d of %d", least, most, len(r.Classes))
	}
	return nil
}

// name is a class or a file in a message: the direction of its letters changes
// nothing around it.
type name string

// html returns a message as HTML. Messages have nothing in them that HTML would take
// for its own, names may.
func (m *maker) html(key string, args ...any) template.HTML {
	for i, arg := range args {
		if n, ok := arg.(name); ok {
			args[i] = "<bdi>" + html.EscapeString(short(string(n), 60)) + "</bdi>"
		}
	}
	return template.HTML(m.text(key, args...))
}

// attribute returns a message for an attribute, where no element can isolate names
// but characters can.
func (m *maker) attribute(key string, args ...any) string {
	for i, arg := range args {
		if n, ok := arg.(name); ok {
			args[i] = "\u2068" + short(string(n), 60) + "\u2069"
		}
	}
	return m.text(key, args...)
}

// class returns the name of a class.
func (m *maker) class(i int) name {
	if i < 0 || i >= len(m.r.Classes) {
		return "?"
	}
	return name(m.r.Classes[i])
}
