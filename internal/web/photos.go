package web

import (
	"encoding/base64"
	"html/template"
	"path"
	"strings"

	headstart "github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

// photoLists are the photos that are worth a look.
type photoLists struct {
	Lists      []photoList
	Duplicates *duplicates
}

// photoList is one list, of which the first photos are seen and the others follow on
// a click.
type photoList struct {
	ID, Name, Count, Text string
	Cards, Further        []card
	More                  string // to click on
	Rest                  string // what is not in the page
}

// card is a photo and what is known of it.
type card struct {
	Index                  int
	Src                    template.URL // "" where another card of the page has it
	Why, Alt               string
	Width, Height          int
	Tiny                   bool // so small that its pixels are shown as they are
	Label                  string
	Predicted, Probability string
	Differs                bool
	Extra, ExtraValue      string
	Path, File             string
}

// An extra is what a list shows of its photos beyond what all lists show.
type extra string

const (
	nothing    extra = ""
	labelError extra = "label_error"
	unknown    extra = "unknown"
	split      extra = "split"
)

// named are the lists by the id that they have in the page.
func (m *maker) named() []struct {
	id, name, text string
	list           headstart.List
	extra          extra
} {
	l := m.r.Lists
	return []struct {
		id, name, text string
		list           headstart.List
		extra          extra
	}{
		{"mistakes", "Most confident mistakes", "Predicted as a class other than the label, most confident first.", l.Mistakes, nothing},
		{"label-errors", "Suspected label errors", "Most suspect first, judged by models that have not seen the photo. Above 0.5, a label is more likely wrong than right.", l.LabelErrors, labelError},
		{"least-certain", "Least certain", "The predicted class has the lowest probability. Labelling more photos like these helps most.", l.LeastCertain, nothing},
		{"most-unknown", "Most unknown", "These look least like the rest of the data. Do they belong here?", l.MostUnknown, unknown},
	}
}

func (m *maker) photoLists() *photoLists {
	out := &photoLists{}
	for _, l := range m.named() {
		if len(l.list.Photos) == 0 {
			continue
		}
		first := min(len(l.list.Photos), headstart.FirstScreen)
		list := photoList{ID: l.id, Name: m.text(l.name), Text: m.text(l.text), Cards: m.cards(l.list.Photos[:first], l.extra)}
		if more := l.list.Photos[first:]; len(more) > 0 {
			list.Further, list.More = m.cards(more, l.extra), m.text("Show %d more", len(more))
		}
		if l.id != "least-certain" { // all photos are in that order
			list.Count = m.Sprintf("%d", l.list.Images)
			if rest := l.list.Images - len(l.list.Photos); rest > 0 {
				list.Rest = m.text("%d further photos are not in this page.", rest)
			}
		}
		out.Lists = append(out.Lists, list)
	}
	out.Duplicates = m.duplicates()
	if len(out.Lists) == 0 && out.Duplicates == nil {
		return nil
	}
	return out
}

// has says whether the page has a list of photos.
func (p *page) has(id string) bool {
	if p.Photos == nil {
		return false
	}
	for _, l := range p.Photos.Lists {
		if l.ID == id {
			return true
		}
	}
	return id == "duplicates" && p.Photos.Duplicates != nil
}

func (m *maker) cards(photos []int, more extra) []card {
	cards := make([]card, len(photos))
	for n, i := range photos {
		cards[n] = m.card(i, more)
	}
	return cards
}

// card returns one, with the picture if no card before it has that.
func (m *maker) card(i int, more extra) card {
	p := m.r.Photos[i]
	c := card{
		Index: i, Why: m.why(p), Alt: m.alt(i), Width: p.Width, Height: p.Height, Tiny: tiny(p),
		Label: short(string(p.Label), maxLabel), Path: shown(string(p.Path)), File: file(string(p.Path)),
		Predicted: m.text("not predicted"),
	}
	if c.Why == "" && !m.inRow[i] {
		c.Src, m.inRow[i] = picture(p), true
	}
	if p.Predicted >= 0 {
		c.Predicted, c.Differs = short(string(m.class(p.Predicted)), maxLabel), p.Predicted != p.Actual
	}
	if p.Probability != nil {
		c.Probability = m.probability(*p.Probability)
	}
	c.Extra, c.ExtraValue = m.extra(p, more)
	return c
}

// maxLabel is how many letters of a label a card shows: two lines.
const maxLabel = 60

// extra returns the name of what a list shows more, and its value of a photo; ""
// where that is not known.
func (m *maker) extra(p headstart.Photo, more extra) (what, value string) {
	switch {
	case more == labelError && p.LabelError != nil:
		return m.text("label wrong"), m.probability(*p.LabelError)
	case more == unknown && p.UnknownScore != nil:
		return m.text("unknown score"), m.Sprintf("%.2f", *p.UnknownScore)
	case more == split && p.Split != "":
		return m.text("split"), m.split(p.Split)
	}
	return "", ""
}

// split names a part of the data.
func (m *maker) split(s dataset.Split) string {
	switch s {
	case dataset.Train:
		return m.text("train")
	case dataset.Val:
		return m.text("val")
	case dataset.Test:
		return m.text("test")
	}
	return shown(string(s))
}

func (m *maker) why(p headstart.Photo) string {
	switch {
	case p.Why != "":
		return shown(p.Why)
	case len(p.Thumbnail) == 0:
		return m.text("no picture")
	}
	return ""
}

// alt describes a photo to those who do not see it.
func (m *maker) alt(i int) string {
	p := m.r.Photos[i]
	if p.Predicted < 0 {
		return m.attribute("photo labelled %s", name(p.Label))
	}
	return m.attribute("photo labelled %s, predicted %s", name(p.Label), m.class(p.Predicted))
}

// tiny says whether a photo is so small that enlarging it would only blur it.
func tiny(p headstart.Photo) bool { return p.Width > 0 && max(p.Width, p.Height) <= 64 }

func picture(p headstart.Photo) template.URL {
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(p.Thumbnail))
}

// file returns the last part of a path, by which people know a photo: of a long one
// its ends, since copies differ in the last letters.
func file(name string) string {
	const ends = 14
	last := []rune(shown(path.Base(strings.ReplaceAll(name, `\`, "/"))))
	if len(last) <= 2*ends+1 {
		return string(last)
	}
	return string(last[:ends]) + "…" + string(last[len(last)-ends:])
}

// duplicates are images that look the same, side by side.
type duplicates struct {
	Count           string
	Groups, Further []duplicateGroup
	More            string // to click on
	Rest            string // what is not in the page
}

type duplicateGroup struct {
	Why   string
	Cards []card
	Rest  string
}

func (m *maker) duplicates() *duplicates {
	d := m.r.Lists.Duplicates
	if len(d.Shown) == 0 {
		return nil
	}
	out := &duplicates{Count: m.text("%d groups", d.Groups)}
	for n, g := range d.Shown {
		group := duplicateGroup{Why: m.whyDuplicates(g), Cards: m.cards(g.Photos, split)}
		if rest := g.Images - len(g.Photos); rest > 0 {
			group.Rest = m.text("%d more look the same.", rest)
		}
		if n < headstart.FirstScreen {
			out.Groups = append(out.Groups, group)
		} else {
			out.Further = append(out.Further, group)
		}
	}
	out.More = m.text("Show %d more", len(out.Further))
	if rest := d.Groups - len(d.Shown); rest > 0 {
		out.Rest = m.text("%d more groups are not shown.", rest)
	}
	return out
}

func (m *maker) whyDuplicates(g headstart.DuplicateGroup) string {
	what := m.text("Same picture")
	if g.Same == "bytes" {
		what = m.text("Same bytes")
	}
	if g.DifferentLabels {
		what += ", " + m.text("different labels")
	}
	if g.Leak {
		what += ", " + m.text("in several splits")
	}
	return what
}
