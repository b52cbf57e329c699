package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/internal/web"
)

// page says where a report's page and its plots go, and in which language.
type page struct{ file, plots, lang string }

func (p *page) langFlag() cli.Flag {
	return &cli.StringFlag{Name: "lang", Usage: "`LANGUAGE` of the page: en or pt", Value: "en", Destination: &p.lang}
}

func (p *page) check() error {
	if p.lang != "en" && p.lang != "pt" {
		return usagef("--lang %s: must be en or pt", p.lang)
	}
	return nil
}

// write writes the page and the plots, and says where they are.
func (p *page) write(t *terminal, report *headstart.Report) error {
	if p.file != "" {
		err := headstart.WritePage(p.file, func(w io.Writer) error { return web.WriteReport(w, report, p.lang) })
		if err != nil {
			return err
		}
		t.note("the report was written to %s", p.file)
	}
	if p.plots != "" {
		files, err := web.WritePlots(p.plots, report, p.lang)
		if err != nil {
			return err
		}
		t.note("%d plots were written to %s", len(files), p.plots)
	}
	return nil
}
