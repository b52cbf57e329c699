// Package web makes the pages that headstart shows. WriteReport writes a report as
// one HTML file that asks nothing of any other computer; WritePlots writes its plots
// as SVG files. Styles, scripts and templates are one file for each part of a page, so
// that other pages can use those that they need.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	headstart "github.com/digitalinnovationone/headstart"
)

//go:embed assets templates
var files embed.FS

// templates are all of them, for a page that puts its own words into a clone.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"t": func(string, ...any) string { panic("no language") },
}).ParseFS(files, "templates/*.html"))

// WriteReport writes a report as one HTML page in a language: "en" or "pt"; "" is
// English. The page has everything in it that it shows.
func WriteReport(out io.Writer, r *headstart.Report, lang string) error {
	if r == nil {
		return errors.New("there is no report to write")
	}
	w, err := wordsIn(lang)
	if err != nil {
		return err
	}
	return w.write(out, r)
}

func (w *words) write(out io.Writer, r *headstart.Report) error {
	page, err := newPage(r, w)
	if err != nil {
		return err
	}
	own, err := templates.Clone()
	if err != nil {
		return err
	}
	return own.Funcs(template.FuncMap{"t": w.text}).ExecuteTemplate(out, "page", page)
}

// assets returns files of the assets folder, one after the other.
func assets(names ...string) string {
	var all strings.Builder
	for _, name := range names {
		content, err := files.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // they are part of the program
		}
		all.Write(content)
	}
	return all.String()
}

// policy returns a Content-Security-Policy that allows one style sheet, one script
// and the pictures in the page itself, and no request.
func policy(style, script string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	return fmt.Sprintf("default-src 'none'; connect-src 'none'; img-src data:; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
		hash(style), hash(script))
}
