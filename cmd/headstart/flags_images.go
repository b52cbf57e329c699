package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

// standardInput stands among the arguments for a list of paths.
const standardInput = "-"

// scoreImages are the images to score.
type scoreImages struct {
	samples    []dataset.Sample
	scores     *headstart.ScoreWriter
	written    int                    // have a line from an earlier run
	unreadable []headstart.Unreadable // of those, the ones that could not be read
}

// images finds the images below paths that have no line in scores yet. What the
// user has typed must exist; a list may name a file that does not.
func (o *scoreOptions) images(ctx context.Context, t *terminal, in io.Reader, paths []string, scores *headstart.ScoreWriter) (*scoreImages, error) {
	images := &scoreImages{scores: scores}
	for len(paths) > 0 {
		var found *dataset.Dataset
		var err error
		switch list := slices.Index(append(slices.Clip(paths), standardInput), standardInput); list {
		case 0:
			paths = paths[1:]
			found, err = o.readList(ctx, in, images.skip)
		default:
			found, err = dataset.ScanUnlabelled(ctx, paths[:list]...)
			paths = paths[list:]
		}
		if err != nil {
			return nil, err
		}
		t.noteSkipped(found)
		images.samples = append(images.samples, slices.DeleteFunc(found.Samples, func(s dataset.Sample) bool { return images.skip(s.Path) })...)
	}
	if len(images.samples) == 0 && images.written == 0 {
		return nil, fmt.Errorf("%w on standard input", dataset.ErrEmpty)
	}
	return images, nil
}

// readList finds the images that a list on standard input names, but for the
// paths that skip says to leave out.
func (o *scoreOptions) readList(ctx context.Context, in io.Reader, skip func(path string) bool) (*dataset.Dataset, error) {
	paths, err := dataset.ReadList(ctx, in, o.null)
	if errors.Is(err, dataset.ErrNUL) {
		return nil, usagef("the list on standard input has NULs between its paths, as find -print0 writes them: add -0")
	}
	if err != nil {
		return nil, err
	}
	return dataset.Scanner{}.ScanList(ctx, slices.DeleteFunc(paths, skip))
}

// skip tells whether an image has a line already, and counts it if so.
func (i *scoreImages) skip(path string) bool {
	reason, written := i.scores.Written(path)
	if !written {
		return false
	}
	i.written++
	if reason != "" {
		i.unreadable = append(i.unreadable, headstart.Unreadable{Path: path, Err: errors.New(reason)})
	}
	return true
}
