package web

import (
	"fmt"
	"html/template"
	"slices"

	headstart "github.com/digitalinnovationone/headstart"
)

// headline is the first screen: how good the head is, and what to do next.
type headline struct {
	Accuracy, Range string
	Low, Width, At  string // of the interval, of 100
	MeasuredOn      string
	Refit           string
	Others          []string
	Facts           []fact
	Advice          []advice
	First           []firstPhoto
}

// firstPhoto is one of the photos to look at first.
type firstPhoto struct {
	Index                               int
	Actual, Predicted, Probability, Alt string
}

// roomFor is how many pieces of advice leave room for photos to look at first.
const roomFor = 3

type fact struct{ Name, Value string }

func (m *maker) headline(p *page) *headline {
	r := m.r
	h := &headline{}
	if s := r.Measured.Metrics; s != nil && s.Images > 0 {
		h.Accuracy = m.share(s.Accuracy)
		h.Range = m.text("95 %% interval %s to %s", m.share(s.Interval.Low), m.share(s.Interval.High))
		h.Low, h.Width, h.At = percent(s.Interval.Low), percent(s.Interval.High-s.Interval.Low), percent(min(s.Accuracy, 0.992))
		h.MeasuredOn = m.text(measuredOn[r.Measured.Over], s.Images)
	}
	if f := r.Refit; f != nil {
		if f.SameHead {
			h.Refit = m.text("The folds were refitted for this report; refitting all photos reproduces this head exactly.")
		} else {
			h.Refit = m.text("The folds were refitted for this report on %d photos; the head was trained on %d, so its scores may differ.", f.Images, f.Trained)
		}
	}
	for _, o := range r.Others {
		h.Others = append(h.Others, m.text("%s: accuracy %s (%s to %s) on %d photos.", m.over(o.Over),
			m.share(o.Accuracy), m.share(o.Interval.Low), m.share(o.Interval.High), o.Images))
	}
	add := func(name, value string) {
		if value != "" {
			h.Facts = append(h.Facts, fact{m.text(name), value})
		}
	}
	if len(r.Data.Sources) > 0 {
		add("Data", short(string(r.Data.Sources[0]), 80))
		if more := len(r.Data.Sources) - 1; more > 0 {
			h.Facts[len(h.Facts)-1].Value += m.text(" and %d more", more)
		}
	}
	add("Photos", m.text("%d in %d classes", r.Data.Images, len(r.Data.Classes)))
	add("Backbone", short(r.Head.Backbone.Name, 80))
	add("Head", headKind(r.Head.Training.Head))
	for _, a := range r.Advice {
		h.Advice = append(h.Advice, m.advice(a, p))
	}
	h.first(m)
	return h
}

// first adds the most confident mistakes that no advice shows yet, if there is room.
func (h *headline) first(m *maker) {
	if len(h.Advice) > roomFor {
		return
	}
	shown := map[int]bool{}
	for _, a := range h.Advice {
		for _, p := range a.Photos {
			shown[p.Index] = true
		}
	}
	for _, i := range m.r.Lists.Mistakes.Photos {
		if len(h.First) < 3 && !shown[i] {
			c := m.card(i, nothing)
			h.First = append(h.First, firstPhoto{i, c.Label, c.Predicted, c.Probability, c.Alt})
		}
	}
}

// measuredOn are the messages that say which images scores are of.
var measuredOn = map[string]string{
	headstart.OverCrossValidation: "Measured on %d photos by cross-validation: each is predicted by a model that has not seen it, its duplicates or its group.",
	headstart.OverTest:            "Measured on the %d photos of the test split, which the head was not trained on.",
	headstart.OverVal:             "Measured on the %d photos of the validation split, which the head was not trained on.",
	headstart.OverUnseen:          "Measured on %d photos that the head was not trained on.",
}

// over names what scores are of, in a few words.
func (m *maker) over(what string) string {
	switch what {
	case headstart.OverCrossValidation:
		return m.text("Cross-validation")
	case headstart.OverTest:
		return m.text("Test split")
	case headstart.OverVal:
		return m.text("Validation split")
	case headstart.OverUnseen:
		return m.text("Photos not trained on")
	}
	return shown(what)
}

// percent returns a share as a number of 100, for drawing.
func percent(share float64) string { return fmt.Sprintf("%.2f", 100*min(1, max(0, share))) }

// advice is one thing to do, with the list that it is about.
type advice struct {
	Text       template.HTML
	Href, Link string
	Opens      string // a cell of the confusion matrix
	Photos     []stripPhoto
}

// stripPhoto is a small photo beside a piece of advice.
type stripPhoto struct {
	Index int
	Alt   string
}

func (m *maker) advice(a headstart.Advice, p *page) advice {
	var out advice
	var photos []int
	to := func(there bool, id, link string) {
		if there {
			out.Href, out.Link = "#"+id, m.text(link)
		}
	}
	lists := m.r.Lists
	switch a.Kind {
	case headstart.AdviceLabels:
		out.Text = m.html("%d of %d labels are probably wrong. Look at these first, and correct them.", a.Count, a.Of)
		to(p.has("label-errors"), "label-errors", "Suspected label errors")
		photos = lists.LabelErrors.Photos[:min(a.Count, len(lists.LabelErrors.Photos))]
	case headstart.AdviceContradictions:
		out.Text = m.html("%d groups of duplicates have different labels, so some labels are wrong.", a.Count)
		to(p.has("duplicates"), "duplicates", "Duplicates")
		photos = firstGroup(lists.Duplicates, func(g headstart.DuplicateGroup) bool { return g.DifferentLabels })
	case headstart.AdviceLeaks:
		out.Text = m.html("%d groups of duplicates span several splits, which makes scores optimistic. Keep each group in one split.", a.Count)
		to(p.has("duplicates"), "duplicates", "Duplicates")
		photos = firstGroup(lists.Duplicates, func(g headstart.DuplicateGroup) bool { return g.Leak })
	case headstart.AdviceDuplicates:
		out.Text = m.html("%d of %d photos are further copies of others. They teach nothing new.", a.Count, a.Of)
		to(p.has("duplicates"), "duplicates", "Duplicates")
		photos = firstGroup(lists.Duplicates, func(headstart.DuplicateGroup) bool { return true })
	case headstart.AdviceConfused:
		out.Text = m.html("%d of the %d mistakes whose labels look right are between %s and %s. More photos of %s would help most.", a.Count, a.Of, name(a.Class), name(a.Other), name(a.Class))
		to(p.Confusion != nil, "confusion", "Confusion matrix")
		photos, out.Opens = m.confused(a.Class, a.Other)
	case headstart.AdviceFewPhotos:
		var low, high string
		if a.Interval != nil {
			low, high = m.probability(a.Interval.Low), m.probability(a.Interval.High)
		}
		out.Text = m.html("%[2]s has only %[1]d photos, so its recall could be anywhere from %[3]s to %[4]s. Add more.", a.Count, name(a.Class), low, high)
		to(p.Confusion != nil, "classes", "Each class")
	case headstart.AdviceUneven:
		out.Text = m.html("%[2]s has %[1]d photos, but %[4]s only %[3]d. More photos of %[4]s would balance them.", max(a.Count, a.Of), larger(a), min(a.Count, a.Of), smaller(a))
		to(true, "about", "About the data")
	case headstart.AdviceUnknown:
		out.Text = m.html("%d of %d photos look like nothing else in the data. Remove those that do not belong.", a.Count, a.Of)
		to(p.has("most-unknown"), "most-unknown", "Most unknown")
		photos = lists.MostUnknown.Photos[:min(a.Count, len(lists.MostUnknown.Photos))]
	case headstart.AdviceMorePhotos:
		var low, high string
		if a.Interval != nil {
			low, high = m.share(a.Interval.Low), m.share(a.Interval.High)
		}
		out.Text = m.html("Twice as many photos should raise the accuracy by %s to %s.", low, high)
		to(p.hasPlot("learning"), "plot-learning", "Learning curve")
	case headstart.AdviceUnreadable:
		out.Text = m.html("%d of %d files could not be read. Repair or remove them.", a.Count, a.Of)
		to(len(m.r.Data.Unreadable) > 0, "unreadable", "Unreadable files")
	default:
		out.Text = template.HTML(template.HTMLEscapeString(shown(a.Kind)))
	}
	for _, i := range photos[:min(3, len(photos))] {
		out.Photos = append(out.Photos, stripPhoto{i, m.alt(i)})
	}
	return out
}

// larger and smaller name the class with more photos, and that with fewer.
func larger(a headstart.Advice) name {
	if a.Count >= a.Of {
		return name(a.Class)
	}
	return name(a.Other)
}

func smaller(a headstart.Advice) name {
	if a.Count >= a.Of {
		return name(a.Other)
	}
	return name(a.Class)
}

func firstGroup(d headstart.Duplicated, wanted func(headstart.DuplicateGroup) bool) []int {
	if i := slices.IndexFunc(d.Shown, wanted); i >= 0 {
		return d.Shown[i].Photos
	}
	return nil
}

// confused returns photos of one class that were taken for the other, and the larger
// of the two cells that they are in.
func (m *maker) confused(a, b string) (photos []int, larger string) {
	most := 0
	for _, c := range m.r.Measured.Cells {
		actual, predicted := string(m.class(c.Actual)), string(m.class(c.Predicted))
		if actual == a && predicted == b || actual == b && predicted == a {
			photos = append(photos, c.Photos...)
			if c.Images > most {
				most, larger = c.Images, key(c)
			}
		}
	}
	return photos, larger
}
