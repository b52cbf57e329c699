package main

import (
	"context"
	"errors"

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
func (s *sources) scan(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	data, err := dataset.Scanner{ClassDepth: s.classDepth}.Scan(ctx, paths...)
	notePassedOver(t, data)
	return data, err
}

// scanAny is scan for data that need not have labels.
func (s *sources) scanAny(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	data, err := s.scan(ctx, t, paths)
	if errors.Is(err, dataset.ErrUnlabelled) {
		t.note("note: no class folders, so the images have no labels")
		data, err = dataset.ScanUnlabelled(ctx, paths...)
		notePassedOver(t, data)
	}
	return data, err
}

// notePassedOver says what a scan passed over; nil is one that failed.
func notePassedOver(t *terminal, data *dataset.Dataset) {
	if data == nil {
		return
	}
	for _, note := range data.Notes {
		t.note("note: %s", note)
	}
}
