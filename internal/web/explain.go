package web

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/jpeg"
	"io"
	"iter"

	headstart "github.com/digitalinnovationone/headstart"
)

// MaxExplained is how many photos a page of explanations should hold: it has every
// picture in it.
const MaxExplained = 200

// explainPage is what the template of a page of explanations is filled with.
type explainPage struct {
	Lang, Title, Policy string
	Style               template.CSS
	Photos              iter.Seq[explained]
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
// by photo as they come, in a language as WriteReport has it. title names the head. It
// returns the first error that explanations holds.
func WriteExplanations(out io.Writer, title, lang string, explanations iter.Seq2[*headstart.Explanation, error]) error {
	w, err := wordsIn(lang)
	if err != nil {
		return err
	}
	return w.writeExplanations(out, title, explanations)
}

func (w *words) writeExplanations(out io.Writer, title string, explanations iter.Seq2[*headstart.Explanation, error]) error {
	style := assets("colours.css", "base.css", "explain.css")
	var failed error
	page := explainPage{
		Lang: w.tag.String(), Title: short(title, 80), Policy: policy(style, ""), Style: template.CSS(style),
		Photos: func(yield func(explained) bool) {
			for e, err := range explanations {
				var photo explained
				if err == nil {
					photo, err = w.explained(e)
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
		err = own.Funcs(template.FuncMap{"t": w.text}).ExecuteTemplate(out, "explain", &page)
	}
	if failed != nil {
		return failed
	}
	return err
}

func (w *words) explained(e *headstart.Explanation) (explained, error) {
	p := explained{Path: shown(e.Path)}
	if e.Err != nil {
		p.Error = w.text("cannot be read: %s", shown(e.Err.Error()))
		return p, nil
	}
	p.Class, p.Probability = short(e.Class, 80), w.probability(e.Probability)
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
			Class: class, Logit: w.text("score %s", w.Sprintf("%+.2f", m.Logit)), Overlay: dataURL(overlay.Bytes()),
			Alt: w.text("evidence for %s", "\u2068"+class+"\u2069") + ": " + w.text(where(e, i)),
		})
	}
	return p, nil
}

// where says where a map is strongest, in English.
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
	return fmt.Sprintf("strongest at the %s %s of what the network saw", down, across)
}

func dataURL(file []byte) template.URL {
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(file))
}
