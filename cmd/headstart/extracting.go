package main

import (
	"context"
	"errors"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// tally counts what became of samples.
type tally struct {
	readable   int
	cached     int // of the readable, those in the store before
	unreadable int
	passedOver int
}

// count counts a result and lists it if it is unreadable.
func (c *tally) count(bar *progress, r extractor.Result) {
	bar.step(r.Err != nil && !r.PassedOver())
	switch {
	case r.PassedOver():
		c.passedOver++
	case r.Err != nil:
		c.unreadable++
		bar.note("unreadable: %s: %v", printable(r.Sample.Path), r.Err)
	default:
		c.readable++
		if r.Cached {
			c.cached++
		}
	}
}

// extracted is what became of a list of samples.
type extracted struct {
	tally
	samples []dataset.Sample // those with an embedding
	keys    []store.Key      // of the samples
}

// extract makes the samples' embeddings with a progress bar, calls each for
// every result, and lists the unreadable.
func extract(ctx context.Context, t *terminal, x *extractor.Extractor, samples []dataset.Sample, each func(extractor.Result) error) (tally, error) {
	var counts tally
	bar := t.progress(len(samples))
	err := x.Extract(ctx, samples, func(r extractor.Result) error {
		counts.count(bar, r)
		return each(r)
	})
	bar.end()
	if err := x.MemoError(); err != nil {
		t.note("warning: %v; they will be read again", err)
	}
	if counts.passedOver > 0 {
		t.note("note: passed over %s", count(counts.passedOver, "file that is no image", "files that are no images"))
	}
	if errors.Is(err, context.Canceled) {
		err = &interruptedError{"the embeddings of " + count(counts.readable, "image", "images") + " are kept", err}
	}
	return counts, err
}

// nothingReadError says that there is nothing to go on with: of these files,
// none is an image that can be read. They have been listed.
type nothingReadError struct{ files int }

func (e *nothingReadError) Error() string {
	return "none of " + count(e.files, "file", "files") + " could be read"
}

func errNothingRead(files int) error { return &nothingReadError{files} }

// collect extracts the samples and keeps those that could be read.
func collect(ctx context.Context, t *terminal, x *extractor.Extractor, samples []dataset.Sample) (*extracted, error) {
	var done extracted
	counts, err := extract(ctx, t, x, samples, func(r extractor.Result) error {
		if r.Err == nil {
			done.samples = append(done.samples, r.Sample)
			done.keys = append(done.keys, r.Key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if counts.readable == 0 {
		return nil, errNothingRead(len(samples))
	}
	done.tally = counts
	return &done, nil
}

// status is the error of a command that is done, perhaps but for unreadable
// images.
func (e *extraction) status(counts tally) error {
	if counts.unreadable == 0 {
		return nil
	}
	return &unreadableError{counts.unreadable, e.strict}
}

// unreadableError says that all was done but for some images, which have been
// listed.
type unreadableError struct {
	count  int
	strict bool // such that this is a failure
}

func (e *unreadableError) Error() string {
	return count(e.count, "image", "images") + " could not be read, as listed above"
}

// interruptedError says that the user stopped a command, and what remains of it.
type interruptedError struct {
	remains string // "" where there is nothing to say
	cause   error
}

func (e *interruptedError) Error() string {
	if e.remains == "" {
		return "interrupted"
	}
	return "interrupted: " + e.remains
}
func (e *interruptedError) Unwrap() error { return e.cause }
