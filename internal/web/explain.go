package web

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/jpeg"
	"io"
	"iter"
	"strings"

	headstart "github.com/digitalinnovationone/headstart"
)

// MaxExplained is how many photos a page of explanations should hold: it has every
// picture in it.
const MaxExplained = 200

// explainPage is what the template of a page of explanations is filled with.
type explainPage struct {
	Title, Policy string
	Style         template.CSS
	Photos        iter.Seq[explained]
}

// explained is an explanation in words.
type explained struct {
	Path, Class, Label, Error string
	Wrong                     bool
	Probability               string
	Photo                     template.URL
	Maps                      []explainedMap
}

type explainedMap struct {
	Class, Logit, Alt string
	Overlay           template.URL
}

// WriteExplanations writes explanations as one HTML page with everything in it, photo
// by photo as they come. title names the head. It returns the first error that
// explanations holds.
func WriteExplanations(out io.Writer, title string, explanations iter.Seq2[*headstart.Explanation, error]) error {
	style := assets("colours.css", "base.css", "explain.css")
	var failed error
	page := explainPage{
		Title: short(title, 80), Policy: policy(style, ""), Style: template.CSS(style),
		Photos: func(yield func(explained) bool) {
			for e, err := range explanations {
				var photo explained
				if err == nil {
					photo, err = newExplained(e)
				}
				if err != nil {
					failed = err
					return
				}
				if !yield(photo) {
					return
				}
			}
		},
	}
	own, err := templates.Clone()
	if err == nil {
		err = own.ExecuteTemplate(out, "explain", &page)
	}
	if failed != nil {
		return failed
	}
	return err
}

func newExplained(e *headstart.Explanation) (explained, error) {
	p := explained{Path: shown(e.Path)}
	if e.Err != nil {
		p.Error = shown(e.Err.Error())
		return p, nil
	}
	p.Class, p.Probability = short(e.Class, 80), fmt.Sprintf("%.1f %%", 100*e.Probability)
	p.Label, p.Wrong = short(e.Label, 80), e.Label != "" && e.Label != e.Class
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, e.Photo, &jpeg.Options{Quality: 85}); err != nil {
		return p, err
	}
	p.Photo = dataURL(photo.Bytes())
	for i, m := range e.Maps {
		var overlay bytes.Buffer
		if err := e.EncodeOverlay(&overlay, i); err != nil {
			return p, err
		}
		class := short(m.Class, 80)
		p.Maps = append(p.Maps, explainedMap{
			Class: class, Logit: fmt.Sprintf("%+.2f", m.Logit), Overlay: dataURL(overlay.Bytes()),
			Alt: "what speaks for " + class + where(e, i),
		})
	}
	return p, nil
}

// where says in words where a map is strongest.
func where(e *headstart.Explanation, i int) string {
	best := 0
	for place, v := range e.Maps[i].Values {
		if v > e.Maps[i].Values[best] {
			best = place
		}
	}
	thirds := func(at, of int, words ...string) string { return words[3*(2*at+1)/(2*of)] }
	down := thirds(best/e.Width, e.Height, "top", "middle", "bottom")
	across := thirds(best%e.Width, e.Width, "left", "centre", "right")
	return ": strongest at the " + strings.Join([]string{down, across}, " ") + " of the part that the network saw"
}

func dataURL(file []byte) template.URL {
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(file))
}
