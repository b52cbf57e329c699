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
	absent  map[int][]unreadImage
	skipped int           // have a line by an earlier run
	before  []unreadImage // those of the skipped that are unreadable
}

// unreadImage is one that cannot be read, and why.
type unreadImage struct {
	path string
	err  error
}

// images finds the images below paths that are not begun. What the user has
// typed must be there; a list may name a file that is not.
func (o *scoreOptions) images(ctx context.Context, t *terminal, in io.Reader, paths []string, begun *begunScores) (*scoreImages, error) {
	if o.null && !slices.Contains(paths, standardInput) {
		return nil, usagef("--null is about a list on standard input, which - stands for")
	}
	images := &scoreImages{absent: make(map[int][]unreadImage)}
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
		if !i.skip(s.Path, begun) {
			i.samples = append(i.samples, s)
		}
	}
	return nil
}

func (i *scoreImages) addListed(t *terminal, path string, begun *begunScores) {
	if i.skip(path, begun) {
		return
	}
	if err := i.add(t, path, begun); err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause // the path stands beside it
		}
		i.absent[len(i.samples)] = append(i.absent[len(i.samples)], unreadImage{path, err})
	}
}

// skip leaves an image out that has a line already, and tells whether it has.
func (i *scoreImages) skip(path string, begun *begunScores) bool {
	reason, has := begun.look(path)
	if !has {
		return false
	}
	i.skipped++
	if reason != "" {
		i.before = append(i.before, unreadImage{path, errors.New(reason)})
	}
	return true
}

// count is how many lines there are to write, at most.
func (i *scoreImages) count() int {
	n := len(i.samples)
	for _, some := range i.absent {
		n += len(some)
	}
	return n
}

// report lists the unreadable that were not extracted: those of an earlier run
// and then the absent, in order. It returns how many they are.
func (i *scoreImages) report(t *terminal) int {
	unread := slices.Clone(i.before)
	for at := range len(i.samples) + 1 {
		unread = append(unread, i.absent[at]...)
	}
	for _, u := range unread {
		t.note("unreadable: %s: %v", printable(u.path), u.err)
	}
	return len(unread)
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
