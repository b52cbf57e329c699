package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
)

// limits holds the options that say what DATA is and how much of it is used.
type limits struct {
	sources
	each occurrences
}

func (l *limits) flags() []cli.Flag {
	return []cli.Flag{
		l.sources.flag(),
		&cli.GenericFlag{Name: "limit", Usage: "use at most `[SPLIT=]N` images of each split (or of one), evenly from all classes; may be repeated", Value: &l.each},
	}
}

// scan reads labelled data and cuts it down to the limits.
func (l *limits) scan(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	if err := l.checkNumbers(); err != nil {
		return nil, err
	}
	data, err := l.sources.scan(ctx, t, paths)
	return l.cut(data, err)
}

// scanAny is scan for data that need not have labels.
func (l *limits) scanAny(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	if err := l.checkNumbers(); err != nil {
		return nil, err
	}
	data, err := l.sources.scanAny(ctx, t, paths)
	return l.cut(data, err)
}

// checkNumbers refuses limits that are none before data is read.
func (l *limits) checkNumbers() error {
	for _, limit := range l.each {
		if _, _, err := parseLimit(limit); err != nil {
			return err
		}
	}
	return nil
}

// parseLimit reads [SPLIT=]N; split is "" where none is named.
func parseLimit(text string) (split dataset.Split, n int, err error) {
	before, number, found := strings.Cut(text, "=")
	if !found {
		before, number = "", text
	}
	n, err = strconv.Atoi(number)
	if err != nil || n < 1 {
		return "", 0, usagef("--limit %s: %q is no number of images", text, number)
	}
	return dataset.Split(before), n, nil
}

// cut leaves out what is over the limits, if the data could be read.
func (l *limits) cut(data *dataset.Dataset, err error) (*dataset.Dataset, error) {
	if err != nil {
		return nil, err
	}
	for _, limit := range l.each {
		only, n, err := parseLimit(limit)
		if err != nil {
			return nil, err
		}
		splits := data.Splits()
		if only != "" {
			if !slices.Contains(splits, only) {
				return nil, usagef("--limit %s: the data has no split %q", limit, only)
			}
			splits = []dataset.Split{only}
		}
		for _, split := range splits {
			data.Limit(split, n)
		}
	}
	return data, nil
}
