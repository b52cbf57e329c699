package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
)

// extraction holds the options of every command that needs embeddings.
type extraction struct {
	backbone string
	store    string
	workers  int
}

func (e *extraction) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "backbone", Usage: "`NAME` or ONNX file of the backbone; auto takes the best one installed", Value: backbone.Auto, Destination: &e.backbone},
		&cli.StringFlag{Name: "store", Usage: "keep embeddings in `DIR`", DefaultText: "in the user's cache folder", Destination: &e.store},
		&cli.IntFlag{Name: "workers", Usage: "work on `N` images at the same time", DefaultText: "one per core", Destination: &e.workers},
	}
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
	return extractor.New(extractor.Config{Backbone: b, Store: folder, Workers: e.workers})
}

// resolve finds the backbone the user asked for and says which it is where
// that is not plain.
func (e *extraction) resolve(t *terminal) (backbone.Backbone, error) {
	b, err := backbone.Resolve(e.backbone)
	if err != nil {
		return b, err
	}
	if e.backbone == backbone.Auto {
		t.note("backbone: %s", b.Name)
	}
	if b.Assumed {
		t.note("backbone: %s does not say how images are prepared for it; torchvision's way is taken (shorter side 256, centre 224, ImageNet's mean and standard deviation)", b.Path)
	}
	return b, nil
}

// limits holds the option that bounds how much of the data is used.
type limits struct{ each cli.StringSlice }

func (l *limits) flag() cli.Flag {
	return &cli.StringSliceFlag{Name: "limit", Usage: "use at most `[SPLIT=]N` images (of a split), evenly from all classes", Destination: &l.each}
}

// scan reads labelled data and cuts it down to the limits.
func (l *limits) scan(t *terminal, paths []string) (*dataset.Dataset, error) {
	data, err := dataset.Scan(paths...)
	if err != nil {
		return nil, err
	}
	for _, note := range data.Notes {
		t.note("note: %s", note)
	}
	for _, limit := range l.each.Value() {
		split, number, found := strings.Cut(limit, "=")
		splits := []dataset.Split{dataset.Split(split)}
		if !found {
			number, splits = limit, data.Splits()
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return nil, usagef("--limit %s: %q is no number of images", limit, number)
		}
		if found && len(data.In(splits[0])) == 0 {
			return nil, usagef("--limit %s: the data has no split %q", limit, split)
		}
		for _, split := range splits {
			data.Limit(split, n)
		}
	}
	return data, nil
}

// extracted is what became of a list of samples.
type extracted struct {
	samples    []dataset.Sample // those with an embedding
	keys       []store.Key      // of the samples
	cached     int              // how many embeddings were in the store before
	unreadable int
	passedOver int
}

// run extracts the samples with a progress bar, and lists the unreadable.
func (e *extraction) run(ctx context.Context, t *terminal, x *extractor.Extractor, samples []dataset.Sample) (*extracted, error) {
	var done extracted
	bar := t.progress(len(samples))
	err := x.Extract(ctx, samples, func(r extractor.Result) error {
		done.add(t, bar, r)
		return nil
	})
	bar.end()
	if done.passedOver > 0 {
		t.note("note: passed over %s", count(done.passedOver, "file that is no image", "files that are no images"))
	}
	if err != nil {
		return nil, interrupted(ctx, err, len(done.samples))
	}
	if len(done.samples) == 0 {
		return nil, fmt.Errorf("none of %s could be read", count(len(samples), "file", "files"))
	}
	return &done, nil
}

func (e *extracted) add(t *terminal, bar *progress, r extractor.Result) {
	bar.step(r.Err != nil && !r.PassedOver())
	switch {
	case r.PassedOver():
		e.passedOver++
	case r.Err != nil:
		e.unreadable++
		bar.note("unreadable: %s: %v", r.Sample.Path, r.Err)
	default:
		e.samples = append(e.samples, r.Sample)
		e.keys = append(e.keys, r.Key)
		if r.Cached {
			e.cached++
		}
	}
}

// status is the error of a command that is done but for unreadable images.
func (e *extracted) status() error {
	if e.unreadable == 0 {
		return nil
	}
	return &unreadableError{e.unreadable}
}

// unreadableError says that all was done but for some images, which have been
// listed.
type unreadableError struct{ count int }

func (e *unreadableError) Error() string {
	return count(e.count, "image", "images") + " could not be read, as listed above"
}

// interrupted says what an interrupted run has kept.
func interrupted(ctx context.Context, err error, finished int) error {
	if ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("interrupted: the embeddings of %s are kept: %w", count(finished, "image", "images"), err)
}

func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
