package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// extraction holds the options of every command that needs embeddings.
type extraction struct {
	backbone string
	store    string
	device   string
	batch    int
	threads  int
	workers  int

	maxPixels       int64
	retryUnreadable bool
	rehash          bool
	verify          bool
	strict          bool
}

func (e *extraction) flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the backbone; auto takes the best one installed", Value: backbone.Auto, Destination: &e.backbone},
	}, e.commonFlags()...)
}

// flagsForHead are flags for a command whose head names its backbone.
func (e *extraction) flagsForHead() []cli.Flag {
	return append([]cli.Flag{headsBackboneFlag(&e.backbone)}, e.commonFlags()...)
}

func headsBackboneFlag(destination *string) cli.Flag {
	return &cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the head's backbone", DefaultText: "the one the head names", Value: backbone.Auto, Destination: destination}
}

func (e *extraction) commonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "store", Usage: "keep embeddings in `DIR`", DefaultText: "in the user's cache folder", Destination: &e.store},
		&cli.Int64Flag{Name: "max-pixels", Usage: "refuse images of more than `N` pixels", Value: imageio.DefaultMaxPixels, Destination: &e.maxPixels},
		&cli.BoolFlag{Name: "retry-unreadable", Usage: "try images again that were unreadable before", Destination: &e.retryUnreadable},
		&cli.BoolFlag{Name: "rehash", Usage: "read files again that look unchanged by their size, time and inode", Destination: &e.rehash},
		&cli.BoolFlag{Name: "verify", Usage: "compare embeddings from the store with their checksums", Destination: &e.verify},
		&cli.BoolFlag{Name: "strict", Usage: "end with status 1, not 3, if an image is unreadable", Destination: &e.strict},
		&cli.StringFlag{Name: "device", Usage: "run the backbone on `DEVICE`: cpu, cuda or cuda:N", Value: "cpu", Destination: &e.device},
		&cli.IntFlag{Name: "batch", Usage: "give a GPU `N` images at once", Value: extractor.DefaultBatch, Destination: &e.batch},
		&cli.IntFlag{Name: "threads", Usage: "on a CPU, use `N` threads for one image; more help only with fewer workers than cores", Value: 1, Destination: &e.threads},
		&cli.IntFlag{Name: "workers", Usage: "work on `N` images at the same time", Value: runtime.GOMAXPROCS(0), DefaultText: "one per core", Destination: &e.workers},
	}
}

// check refuses numbers that cannot be meant.
func (e *extraction) check() error {
	_, err := ort.ParseDevice(e.device)
	switch {
	case err != nil:
		return usagef("--device %v", err)
	case e.batch < 1:
		return usagef("--batch %d: 1 is the least", e.batch)
	case e.threads < 1:
		return usagef("--threads %d: 1 is the least", e.threads)
	case e.workers < 1:
		return usagef("--workers %d: 1 is the least", e.workers)
	case e.maxPixels < 1:
		return usagef("--max-pixels %d: no image is so small", e.maxPixels)
	}
	return nil
}

// storeFolder returns where embeddings are kept.
func (e *extraction) storeFolder() (string, error) {
	if e.store != "" {
		return e.store, nil
	}
	return cachedir.Join("store")
}

// open makes the extractor for a backbone. The caller closes it.
func (e *extraction) open(b backbone.Backbone) (*extractor.Extractor, error) {
	folder, err := e.storeFolder()
	if err != nil {
		return nil, err
	}
	return extractor.New(extractor.Config{
		Backbone:        b,
		Store:           folder,
		Device:          e.device,
		Batch:           e.batch,
		Threads:         e.threads,
		Workers:         e.workers,
		Limits:          imageio.Limits{MaxPixels: e.maxPixels},
		RetryUnreadable: e.retryUnreadable,
		Rehash:          e.rehash,
		Verify:          e.verify,
	})
}

// openChosen makes the extractor for the backbone that the user asked for, and
// says which that is where it is not plain. The caller closes it.
func (e *extraction) openChosen(t *terminal) (*extractor.Extractor, error) {
	b, err := backbone.Resolve(e.backbone)
	if err != nil {
		return nil, err
	}
	if e.backbone == backbone.Auto {
		t.note("backbone: %s", b.Name)
	}
	if b.Assumed {
		t.note("backbone: %s does not say how images are prepared for it; torchvision's way is taken (shorter side 256, centre 224, ImageNet's mean and standard deviation)", b.Path)
	}
	if b.Classifier {
		t.note("warning: the output %s of %s looks like a classifier's scores, which are poor embeddings; headstart backbones add makes a backbone of its features", b.Output.Name, b.Path)
	}
	return e.open(b)
}

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
	if err != nil {
		return nil, err
	}
	return data, l.cut(data)
}

// scanAny is scan for data that need not have labels.
func (l *limits) scanAny(ctx context.Context, t *terminal, paths []string) (*dataset.Dataset, error) {
	if err := l.checkNumbers(); err != nil {
		return nil, err
	}
	data, err := l.sources.scanAny(ctx, t, paths)
	if err != nil {
		return nil, err
	}
	return data, l.cut(data)
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

// cut leaves out what is over the limits.
func (l *limits) cut(data *dataset.Dataset) error {
	for _, limit := range l.each {
		only, n, err := parseLimit(limit)
		if err != nil {
			return err
		}
		splits := data.Splits()
		if only != "" {
			if !slices.Contains(splits, only) {
				return usagef("--limit %s: the data has no split %q", limit, only)
			}
			splits = []dataset.Split{only}
		}
		for _, split := range splits {
			data.Limit(split, n)
		}
	}
	return nil
}

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
	remains string
	cause   error
}

func (e *interruptedError) Error() string { return "interrupted: " + e.remains }
func (e *interruptedError) Unwrap() error { return e.cause }

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
