package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
)

// sources holds the option that says how DATA is read.
type sources struct{ classDepth int }

func (s *sources) flag() cli.Flag {
	return &cli.IntFlag{Name: "class-depth", Usage: "classes are folders `N` deep: with 2, animals/cats is one", Value: 1, Destination: &s.classDepth}
}

// scan reads labelled data, and says what was skipped.
func (s *sources) scan(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	if s.classDepth < 1 {
		return nil, usagef("--class-depth %d: must be at least 1", s.classDepth)
	}
	data, err := dataset.Scanner{ClassDepth: s.classDepth}.Scan(ctx, paths...)
	t.noteSkipped(data)
	return data, err
}

// noteSkipped says what a scan skipped; nil is one that failed.
func (t *terminal) noteSkipped(data *dataset.Dataset) {
	if data == nil {
		return
	}
	for _, note := range data.Notes {
		t.note("note: %s", note)
	}
}

// limits holds the options that say what DATA is and how much of it is used.
type limits struct {
	sources
	each occurrences
	seed uint64
}

// flags are the options; others says what else the seed is for.
func (l *limits) flags(others ...string) []cli.Flag {
	return []cli.Flag{
		l.sources.flag(),
		&cli.GenericFlag{Name: "limit", Usage: "use at most `[SPLIT=]N` images of each split (or of one), drawn evenly from all classes; may be repeated", Value: &l.each},
		&cli.Uint64Flag{Name: "seed", Usage: "random seed `NUMBER` of " + strings.Join(append([]string{"--limit"}, others...), ", "), Destination: &l.seed},
	}
}

// occurrences are the values of an option that may be repeated. They are taken
// as they are, commas and all: a class may have one in its name.
type occurrences []string

// Set adds a value.
func (o *occurrences) Set(value string) error { *o = append(*o, value); return nil }

func (o *occurrences) String() string { return strings.Join(*o, " ") }

// scan reads labelled data and cuts it down to the limits.
func (l *limits) scan(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	return l.scanWith(t, func() (*dataset.Dataset, error) { return l.sources.scan(ctx, t, paths) })
}

// scanAny is scan for data that need not have labels.
func (l *limits) scanAny(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	return l.scanWith(t, func() (*dataset.Dataset, error) {
		data, err := l.sources.scan(ctx, t, paths)
		if errors.Is(err, dataset.ErrUnlabelled) {
			t.note("note: no class folders, so the images have no labels")
			data, err = dataset.ScanUnlabelled(ctx, paths...)
			t.noteSkipped(data)
		}
		return data, err
	})
}

func (l *limits) scanWith(t *terminal, scan func() (*dataset.Dataset, error)) (*dataset.Dataset, error) {
	for _, limit := range l.each { // before data is read
		if _, _, err := parseLimit(limit); err != nil {
			return nil, err
		}
	}
	data, err := scan()
	if err != nil {
		return nil, err
	}
	for _, limit := range l.each {
		only, n, _ := parseLimit(limit)
		splits := data.Splits()
		if only != "" {
			if !slices.Contains(splits, only) {
				return nil, usagef("--limit %s: the data has no split %q", limit, only)
			}
			splits = []dataset.Split{only}
		}
		for _, split := range splits {
			notes, err := data.Limit(split, n, l.seed)
			if err != nil {
				return nil, fmt.Errorf("--limit %s keeps no image: %w", limit, err)
			}
			for _, note := range notes {
				t.note("note: --limit: %s", note)
			}
		}
	}
	return data, nil
}

// parseLimit reads [SPLIT=]N; split is "" where none is named.
func parseLimit(text string) (split dataset.Split, n int, err error) {
	before, number, found := strings.Cut(text, "=")
	if !found {
		before, number = "", text
	}
	n, err = strconv.Atoi(number)
	if err != nil || n < 1 {
		return "", 0, usagef("--limit %s: %q must be a positive integer", text, number)
	}
	return dataset.Split(before), n, nil
}
