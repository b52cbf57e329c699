package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
)

// standardInput stands among the arguments for a list of paths.
const standardInput = "-"

// scoreImages are the images to score.
type scoreImages struct {
	samples []dataset.Sample
	// absent are listed paths that lead to no image, under the index of the
	// sample that they come before.
	absent  map[int][]absentImage
	skipped int // scored by an earlier run
}

type absentImage struct {
	path string
	err  error
}

// images finds the images below paths that are not begun. What the user has
// typed must be there; a list may name a file that is not.
func (o *scoreOptions) images(ctx context.Context, t *terminal, in io.Reader, paths []string, begun *begunScores) (*scoreImages, error) {
	if o.null && !slices.Contains(paths, standardInput) {
		return nil, usagef("--null is about a list on standard input, which - stands for")
	}
	images := &scoreImages{absent: make(map[int][]absentImage)}
	for _, path := range paths {
		if path != standardInput {
			if err := images.add(t, path, begun); err != nil {
				return nil, err
			}
			continue
		}
		list, err := readAll(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, path := range o.split(list) {
			images.addListed(t, path, begun)
		}
	}
	if images.count() == 0 && images.skipped == 0 {
		return nil, fmt.Errorf("%w: standard input names none", dataset.ErrEmpty)
	}
	return images, nil
}

func (i *scoreImages) add(t *terminal, path string, begun *begunScores) error {
	found, err := dataset.ScanUnlabelled(path)
	if err != nil {
		return err
	}
	for _, note := range found.Notes {
		t.note("note: %s", note)
	}
	for _, s := range found.Samples {
		if begun.has(s.Path) {
			i.skipped++
		} else {
			i.samples = append(i.samples, s)
		}
	}
	return nil
}

func (i *scoreImages) addListed(t *terminal, path string, begun *begunScores) {
	if begun.has(path) {
		i.skipped++
		return
	}
	if err := i.add(t, path, begun); err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause // the path stands beside it
		}
		i.absent[len(i.samples)] = append(i.absent[len(i.samples)], absentImage{path, err})
	}
}

// count is how many lines there are to write, at most.
func (i *scoreImages) count() int {
	n := len(i.samples)
	for _, some := range i.absent {
		n += len(some)
	}
	return n
}

// report lists the absent, in order, and returns how many they are.
func (i *scoreImages) report(t *terminal) int {
	n := 0
	for at := range len(i.samples) + 1 {
		for _, a := range i.absent[at] {
			t.note("unreadable: %s: %v", printable(a.path), a.err)
			n++
		}
	}
	return n
}

// split parts a list into paths.
func (o *scoreOptions) split(list []byte) []string {
	separator := []byte{'\n'}
	if o.null {
		separator = []byte{0}
	}
	var paths []string
	for line := range bytes.SplitSeq(list, separator) {
		if len(line) > 0 {
			paths = append(paths, string(line))
		}
	}
	return paths
}

// readAll reads to the end, or until the user has had enough.
func readAll(ctx context.Context, in io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(in)
		read <- result{data, err}
	}()
	select {
	case r := <-read:
		if r.err != nil {
			return nil, fmt.Errorf("cannot read the list of images on standard input: %w", r.err)
		}
		return r.data, nil
	case <-ctx.Done():
		return nil, &interruptedError{"nothing is scored", context.Cause(ctx)}
	}
}
