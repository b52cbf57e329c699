package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// maxListed is how many duplicates are listed as text, the worst first.
const maxListed = 20

// printDataReport prints what is in a data set and what is wrong with it.
func printDataReport(t *terminal, f *headstart.DataReport) error {
	extra, withBytes := 0, 0
	for _, d := range f.Duplicates {
		extra += len(d.Images) - 1
		if d.Same == "bytes" {
			withBytes += len(d.Images) - 1
		}
	}
	rows := append(classRows(f), [][]string{
		{},
		{"duplicates", fmt.Sprintf("%d (same bytes %d, near-duplicates %d)", extra, withBytes, extra-withBytes)},
		{"with different labels", wording.Count(f.DifferentLabels, "group", "groups")},
		{"leaks between splits", leaksText(f)},
		{"unreadable", strconv.Itoa(len(f.Unreadable))},
	}...)
	if f.NotCompared > 0 {
		t.note("note: %s: near-duplicates only if embeddings are within %.3g", wording.Count(f.NotCompared, "image cannot be read any more", "images cannot be read any more"), f.NearBound)
	}
	for _, g := range f.SplitGroups[:min(maxListed, len(f.SplitGroups))] {
		rows = append(rows, splitGroupRows(g)...)
	}
	if more := len(f.SplitGroups) - maxListed; more > 0 {
		t.note("note: %s in different splits not shown; --json lists all", wording.Count(more, "group", "groups"))
	}
	worst := slices.Clone(f.Duplicates)
	slices.SortStableFunc(worst, func(a, b headstart.Duplicates) int { return harm(b) - harm(a) })
	for _, d := range worst[:min(maxListed, len(worst))] {
		rows = append(rows, duplicateRows(d)...)
	}
	if more := len(worst) - maxListed; more > 0 {
		t.note("note: %s not shown; --json lists all", wording.Count(more, "group of duplicates is", "groups of duplicates are"))
	}
	return t.table(append(rows, pairRows(f.Pairs)...))
}

// leaksText counts groups in several splits, by what makes them groups.
func leaksText(f *headstart.DataReport) string {
	text := wording.Count(f.Leaks, "group", "groups")
	if named := len(f.SplitGroups); named > 0 {
		text += fmt.Sprintf(" (duplicates %d, named in DATA %d)", f.Leaks-named, named)
	}
	return text
}

func splitGroupRows(g headstart.SplitGroup) [][]string {
	rows := [][]string{{}, {"group " + wording.Name(string(g.Group)) + ", in different splits:"}}
	for _, split := range slices.Sorted(maps.Keys(g.Splits)) {
		rows = append(rows, []string{"  " + cmp.Or(string(split), "(no split)"), wording.Count(g.Splits[split], "image", "images")})
	}
	return rows
}

// pairRows shows where near-duplicates end: the pairs on both sides of the bound.
func pairRows(pairs []headstart.NearPair) [][]string {
	if len(pairs) == 0 {
		return nil
	}
	beyond := 0
	for beyond < len(pairs) && pairs[beyond].Apart <= 1 {
		beyond++
	}
	first := max(0, beyond-maxListed)
	title := "pairs, the nearest first (near-duplicates have 1 or less):"
	if first > 0 {
		title = fmt.Sprintf("pairs, the nearest first, without the %d nearest (near-duplicates have 1 or less):", first)
	}
	rows := [][]string{{}, {title}, {"  apart", "distance", "similarity", "images"}}
	for i, p := range pairs[first:] {
		apart := fmt.Sprintf("  %.2f", p.Apart)
		if first+i >= beyond {
			apart = fmt.Sprintf("  %.2f (not counted)", p.Apart)
		}
		similarity := ""
		if p.Similarity != 0 {
			similarity = fmt.Sprintf("%.4f", p.Similarity)
		}
		images := wording.Name(string(p.A)) + " " + wording.Name(string(p.B))
		if p.Flipped {
			images += " (mirrored)"
		}
		rows = append(rows, []string{apart, fmt.Sprintf("%.3f", p.Distance), similarity, images})
	}
	return rows
}

func classRows(f *headstart.DataReport) [][]string {
	splits := []dataset.Split{}
	for _, split := range []dataset.Split{dataset.Train, dataset.Val, dataset.Test} {
		if slices.ContainsFunc(f.Classes, func(c headstart.ClassCount) bool { return c.Splits[split] > 0 }) {
			splits = append(splits, split)
		}
	}
	header := []string{"class", "images"}
	for _, split := range splits {
		header = append(header, string(split))
	}
	rows := [][]string{header}
	for _, c := range f.Classes {
		row := []string{wording.Name(string(c.Class)), strconv.Itoa(c.Images)}
		for _, split := range splits {
			row = append(row, strconv.Itoa(c.Splits[split]))
		}
		rows = append(rows, row)
	}
	return rows
}

// harm orders duplicates by what they do to training and scores.
func harm(d headstart.Duplicates) int {
	harm := 0
	if d.DifferentLabels {
		harm += 2
	}
	if d.Leak {
		harm++
	}
	return harm
}

func duplicateRows(d headstart.Duplicates) [][]string {
	title := "same " + d.Same
	if d.DifferentLabels {
		title += ", different labels"
	}
	if d.Leak {
		title += ", in different splits"
	}
	rows := [][]string{{}, {title + ":"}}
	for _, s := range d.Images {
		rows = append(rows, []string{"  " + wording.Name(string(s.Path)), wording.Name(string(s.Label)), string(s.Split)})
	}
	return rows
}
