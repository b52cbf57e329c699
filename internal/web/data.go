package web

import (
	"encoding/json"
	"html/template"
)

// data is what the page's script knows. Names are as they are shown.
type data struct {
	Photos []photoData         `json:"photos"`
	Cells  map[string]cellData `json:"cells"` // of the confusion matrix
	Map    []int               `json:"map"`   // photos of the points of the map, -1 for none
	Words  map[string]string   `json:"words"`
}

type photoData struct {
	Label       string          `json:"label"`
	Predicted   string          `json:"predicted"`
	Probability string          `json:"probability,omitempty"`
	Differs     bool            `json:"differs,omitempty"`
	Path        string          `json:"path"`
	File        string          `json:"file"`
	Alt         string          `json:"alt"`
	Why         string          `json:"why,omitempty"`
	Picture     template.URL    `json:"src,omitempty"` // if no list of the page has it
	Width       int             `json:"width"`
	Height      int             `json:"height"`
	Tiny        bool            `json:"tiny,omitempty"`
	Heats       map[string]heat `json:"heats,omitempty"`
}

type cellData struct {
	Photos []int  `json:"photos"`
	Note   string `json:"note"`
}

// data comes after all lists, which say whose pictures they have.
func (m *maker) data() (template.JS, error) {
	d := data{Photos: make([]photoData, len(m.r.Photos)), Cells: map[string]cellData{}, Words: map[string]string{
		"copied": m.text("copied"),
		"all":    m.text("Show all"),
	}}
	for i, p := range m.r.Photos {
		c := m.card(i, nothing)
		d.Photos[i] = photoData{c.Label, c.Predicted, c.Probability, c.Differs, c.Path, c.File, c.Alt, c.Why, c.Src, c.Width, c.Height, c.Tiny, heats(p)}
	}
	for _, c := range m.r.Measured.Cells {
		note := m.text("The most confident first.")
		if len(c.Photos) < c.Images {
			note = m.text("%d of %d are in this page, the most confident first.", len(c.Photos), c.Images)
		}
		d.Cells[key(c)] = cellData{c.Photos, note}
	}
	if m.r.Map != nil {
		d.Map = make([]int, len(m.r.Map.Points))
		for i, p := range m.r.Map.Points {
			d.Map[i] = p.Photo
		}
	}
	// Marshal escapes what could end the script element.
	text, err := json.Marshal(d)
	return template.JS(text), err
}
