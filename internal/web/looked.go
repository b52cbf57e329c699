package web

import (
	"slices"

	headstart "github.com/digitalinnovationone/headstart"
)

// looked is where the network looked: class activation maps over photos. The page's
// script draws them.
type looked struct {
	Why      string // there are none; then the rest is empty
	Mistakes []look
	Typical  []typical
}

type typical struct {
	Class  string
	Photos []look
}

// look is a photo with a map or two.
type look struct {
	Index int
	Maps  []lookMap
}

type lookMap struct {
	Which     string // predicted or actual: the map in the page's data
	Alt, Text string
	Index     int
}

func (m *maker) looked() *looked {
	if m.r.NotLooked != "" {
		return &looked{Why: m.text("There are no maps of it: %s.", shown(m.r.NotLooked))}
	}
	out := &looked{Mistakes: m.looks(m.r.Lists.Mistakes.Photos)}
	for class, photos := range m.r.Lists.Typical {
		if looks := m.looks(photos); len(looks) > 0 {
			out.Typical = append(out.Typical, typical{short(string(m.class(class)), 80), looks})
		}
	}
	if len(out.Mistakes) == 0 && len(out.Typical) == 0 {
		return nil
	}
	return out
}

// looks returns those of the photos that have maps.
func (m *maker) looks(photos []int) []look {
	var looks []look
	for _, i := range photos {
		p := m.r.Photos[i]
		if p.LookedPredicted == nil || len(p.Thumbnail) == 0 {
			continue
		}
		l := look{Index: i}
		l.Maps = append(l.Maps, m.lookMap(i, "predicted", m.text("predicted"), p.LookedPredicted))
		if p.LookedActual != nil {
			l.Maps = append(l.Maps, m.lookMap(i, "actual", m.text("actual"), p.LookedActual))
		}
		looks = append(looks, l)
		if len(looks) == headstart.FirstScreen {
			break
		}
	}
	return looks
}

func (m *maker) lookMap(i int, which, word string, h *headstart.Heat) lookMap {
	return lookMap{which, m.attribute("evidence for %s", m.class(h.Class)), word + ": " + short(string(m.class(h.Class)), 40), i}
}

// heat is a map as the page's script gets it: its values are of 100, such that those
// of a photo's two maps can be compared.
type heat struct {
	Width  int        `json:"w"`
	Height int        `json:"h"`
	Values []int      `json:"v"`
	Within [4]float64 `json:"in"` // left, top, right, bottom, as shares
}

// heats returns the maps of a photo.
func heats(p headstart.Photo) map[string]heat {
	var most float32
	for _, h := range []*headstart.Heat{p.LookedPredicted, p.LookedActual} {
		if h != nil && len(h.Values) > 0 {
			most = max(most, slices.Max(h.Values))
		}
	}
	out := map[string]heat{}
	add := func(which string, h *headstart.Heat) {
		if h == nil || h.Width <= 0 || len(h.Values) != h.Width*h.Height {
			return
		}
		values := make([]int, len(h.Values))
		for i, v := range h.Values {
			if most > 0 && v > 0 {
				values[i] = int(100*v/most + 0.5)
			}
		}
		out[which] = heat{h.Width, h.Height, values, [4]float64{h.Left, h.Top, h.Right, h.Bottom}}
	}
	add("predicted", p.LookedPredicted)
	add("actual", p.LookedActual)
	if len(out) == 0 {
		return nil
	}
	return out
}
