package main

import (
	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart"
)

// source holds the options that say where a download comes from.
type source struct{ headstart.Source }

func (s *source) flags(what string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "url", Usage: "download from `URL`, " + what, DefaultText: "the address that list --json shows; on the host $" + headstart.MirrorVariable + " if that is set", Destination: &s.URL},
		&cli.StringFlag{Name: "from", Usage: "use `FILE` instead of downloading, " + what, Destination: &s.From},
	}
}

func (s *source) check() error {
	if err := s.Check(); err != nil {
		return usagef("%v", err)
	}
	return nil
}

// show shows on t how far the download is, and notes what is kept if it is
// interrupted.
func (s *source) show(t *terminal) *transfer {
	t.kept = "the partial download is kept, and the same command resumes it"
	if s.From != "" {
		t.kept = "the same command starts over"
	}
	bar := t.transfer()
	s.OnProgress = bar.report
	return bar
}
