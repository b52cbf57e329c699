package extractor

import (
	"context"
	"errors"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// Result is what became of one sample.
type Result struct {
	Sample    dataset.Sample
	Key       store.Key // SHA-256 of the image's bytes; zero where they could not be read
	Embedding []float32 // nil where Err is not; valid until the callback returns
	Cached    bool      // the embedding was in the store before this run
	Copied    bool      // it was there only as a part of a row of more blocks, of which it is a copy
	Err       error     // why there is no embedding
}

// Skipped tells whether the sample is a file that was found in a folder and
// neither is an image nor claims to be one by its name.
func (r Result) Skipped() bool {
	return errors.Is(r.Err, imageio.ErrNotImage) && !r.Sample.Explicit &&
		!slices.Contains(imageEndings, strings.ToLower(filepath.Ext(r.Sample.Path)))
}

var imageEndings = []string{
	".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff",
	".webp", ".heic", ".heif", ".avif", ".pbm", ".pgm", ".ppm", ".pnm", ".pam", ".dib",
	".jxl", ".jp2", ".psd", ".dng", ".nef", ".cr2", ".cr3", ".arw", ".raf", ".orf", ".rw2",
}

// commitInterval bounds what a crash loses: what was finished since, and what
// waited for an image before it.
const commitInterval = time.Second

// Extract makes the embedding of each sample that the store lacks, and calls
// each with every sample's result, in the samples' order and from the calling
// goroutine. Samples are taken from another one, up to two thousand ahead; a
// sequence that blocks while ctx ends, or after, is left alone with it. An image
// that cannot be read is a result and not an error.
//
// Extract returns the first error of the store, the backbone or each. When ctx
// is done it gives up the images that are being decoded and returns ctx's cause:
// each has then seen all results before the first that was given up, and no gap.
// Unless the store fails, they are in it, and so are those that were finished
// behind; if it does, its error is the one that is returned.
func (x *Extractor) Extract(ctx context.Context, samples iter.Seq[dataset.Sample], each func(Result) error) error {
	return x.run(ctx, samples, true, each)
}

// Fill is Extract for those who want the embeddings later, from Matrix: it does
// not read those that are in the store, so that their Result has none.
func (x *Extractor) Fill(ctx context.Context, samples iter.Seq[dataset.Sample], each func(Result) error) error {
	return x.run(ctx, samples, false, each)
}

func (x *Extractor) run(ctx context.Context, samples iter.Seq[dataset.Sample], vectors bool, each func(Result) error) error {
	before, err := x.open()
	if err != nil {
		return err
	}
	ctx, fail := context.WithCancelCause(ctx)
	p := x.start(ctx, fail, before, vectors, samples)
	defer func() { // also if each panics
		fail(nil)
		for c := range p.queue {
			c.close()
		}
		p.wait()
	}()
	t := collector{pipeline: p, each: each, ticker: time.NewTicker(commitInterval)}
	defer t.ticker.Stop()
	for c := range p.queue {
		t.take(c)
	}
	t.commit()
	p.feed.rethrow()
	switch {
	case t.commitErr != nil:
		return t.commitErr
	case t.eachErr != nil:
		return t.eachErr
	case t.gap || !p.all.Load():
		return context.Cause(ctx)
	default:
		return nil
	}
}

// collector hands results to the store and to each, in order.
type collector struct {
	*pipeline
	each      func(Result) error
	ticker    *time.Ticker
	gap       bool // an image was given up
	eachErr   error
	commitErr error
}

func (t *collector) take(c *lookup) {
	defer c.close()
	for _, j := range c.jobs {
		t.await(j)
		t.keep(j)
		t.gap = t.gap || j.Embedding == nil && j.Err == nil && !j.stored
		if t.gap || t.eachErr != nil {
			continue
		}
		if t.eachErr = t.each(j.Result); t.eachErr != nil {
			t.fail(t.eachErr)
		}
	}
}

func (t *collector) await(j *job) {
	for {
		select {
		case <-j.done:
			return
		case <-t.ticker.C:
			t.commit()
		}
	}
}

// keep hands a job's result to the store, if it is new.
func (t *collector) keep(j *job) {
	switch {
	case !j.fresh || !t.Keeps():
	case j.Err != nil:
		t.store.PutUnreadable(j.Key, j.Err.Error())
	default:
		t.store.Put(j.Key, j.Embedding)
		t.keepThumbnail(&thumbnailJob{key: j.Key, levels: j.thumbnail})
	}
}

// commit makes safe what was kept. Its first failure ends the run.
func (t *collector) commit() {
	if t.commitErr != nil {
		return
	}
	if t.commitErr = t.Extractor.commit(); t.commitErr != nil {
		t.fail(t.commitErr)
	}
}
