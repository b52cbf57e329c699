package main

import (
	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
)

// sources holds the option that says how DATA is to be understood.
type sources struct{ classDepth int }

func (s *sources) flag() cli.Flag {
	return &cli.IntFlag{Name: "class-depth", Usage: "classes are folders `N` deep: with 2, animals/cats is one", Value: 1, Destination: &s.classDepth}
}

func (s *sources) check() error {
	if s.classDepth < 1 {
		return usagef("--class-depth %d: 1 is the least", s.classDepth)
	}
	return nil
}

// scan reads labelled data, and says what was passed over.
func (s *sources) scan(t *terminal, paths []string) (*dataset.Dataset, error) {
	data, err := dataset.Scanner{ClassDepth: s.classDepth}.Scan(paths...)
	if err != nil {
		return nil, err
	}
	for _, note := range data.Notes {
		t.note("note: %s", printable(note))
	}
	return data, nil
}
