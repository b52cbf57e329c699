package main

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/digitalinnovationone/headstart/dataset"
)

// maxListed is how many duplicates are listed as text, the worst first.
const maxListed = 20

func (f *findings) print(t *terminal) error {
	if err := t.table(f.classRows()); err != nil {
		return err
	}
	extra, withBytes := 0, 0
	for _, d := range f.Duplicates {
		extra += len(d.Images) - 1
		if d.Same == "bytes" {
			withBytes += len(d.Images) - 1
		}
	}
	if err := t.table([][]string{
		{},
		{"duplicates", fmt.Sprintf("%d (same bytes %d, same embedding %d)", extra, withBytes, extra-withBytes)},
		{"with different labels", count(f.DifferentLabels, "group", "groups")},
		{"leaks between splits", count(f.Leaks, "group", "groups")},
		{"unreadable", strconv.Itoa(len(f.Unreadable))},
	}); err != nil {
		return err
	}
	worst := slices.Clone(f.Duplicates)
	slices.SortStableFunc(worst, func(a, b duplicates) int { return b.harm() - a.harm() })
	for _, d := range worst[:min(maxListed, len(worst))] {
		if err := t.table(d.rows()); err != nil {
			return err
		}
	}
	if more := len(worst) - maxListed; more > 0 {
		t.note("note: %s not shown; --json lists all", count(more, "group of duplicates is", "groups of duplicates are"))
	}
	return nil
}

func (f *findings) classRows() [][]string {
	splits := []dataset.Split{}
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		if slices.ContainsFunc(f.Classes, func(c classCount) bool { return c.Splits[split] > 0 }) {
			splits = append(splits, split)
		}
	}
	header := []string{"class", "images"}
	for _, split := range splits {
		header = append(header, string(split))
	}
	rows := [][]string{header}
	for _, c := range f.Classes {
		row := []string{printable(string(c.Class)), strconv.Itoa(c.Images)}
		for _, split := range splits {
			row = append(row, strconv.Itoa(c.Splits[split]))
		}
		rows = append(rows, row)
	}
	return rows
}

// harm orders duplicates by what they do to training and scores.
func (d *duplicates) harm() int {
	harm := 0
	if d.DifferentLabels {
		harm += 2
	}
	if d.Leak {
		harm++
	}
	return harm
}

func (d *duplicates) rows() [][]string {
	title := "same " + d.Same
	if d.DifferentLabels {
		title += ", different labels"
	}
	if d.Leak {
		title += ", in different splits"
	}
	rows := [][]string{{}, {title + ":"}}
	for _, s := range d.Images {
		rows = append(rows, []string{"  " + printable(string(s.Path)), printable(string(s.Label)), string(s.Split)})
	}
	return rows
}
