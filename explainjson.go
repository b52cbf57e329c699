package headstart

import (
	"encoding/json"

	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// mapJSON is a ClassMap for other programs.
type mapJSON struct {
	Class   string    `json:"class"`
	Logit   float64   `json:"logit"`
	Bias    float64   `json:"bias"`
	Values  []float32 `json:"values"`
	Overlay string    `json:"overlay,omitempty"` // file name of the picture
}

// MarshalJSON writes the explanation for other programs: without the photo, and for
// an unreadable image the reason as "error".
func (e *Explanation) MarshalJSON() ([]byte, error) { return e.json(nil) }

// json is MarshalJSON, and names the overlay of each map, if there are any.
func (e *Explanation) json(overlays []string) ([]byte, error) {
	if e.Err != nil {
		return e.Prediction.MarshalJSON()
	}
	text := struct {
		Path        pathjson.String `json:"path"`
		Class       string          `json:"class"`
		Probability float64         `json:"probability"`
		Label       string          `json:"label,omitempty"`
		Size        [2]int          `json:"size"`  // width and height of the upright photo
		Frame       Frame           `json:"frame"` // the part of it that the maps cover
		Width       int             `json:"width"` // of each map
		Height      int             `json:"height"`
		Maps        []mapJSON       `json:"maps"`
	}{pathjson.String(e.Path), e.Class, e.Probability, e.Label, [2]int{e.Size.X, e.Size.Y}, e.Frame, e.Width, e.Height, nil}
	for i, m := range e.Maps {
		one := mapJSON{m.Class, m.Logit, m.Bias, m.Values, ""}
		if overlays != nil {
			one.Overlay = overlays[i]
		}
		text.Maps = append(text.Maps, one)
	}
	return json.Marshal(text)
}
