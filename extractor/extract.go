package extractor

import (
	"context"
	"errors"
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
	Cached    bool      // known before this run, be it an embedding or a reason
	Err       error     // why there is no embedding
}

// PassedOver tells whether the sample is a file that neither is an image nor
// claims to be one by its name.
func (r Result) PassedOver() bool {
	return errors.Is(r.Err, imageio.ErrNotImage) &&
		!slices.Contains(imageEndings, strings.ToLower(filepath.Ext(r.Sample.Path)))
}

var imageEndings = []string{
	".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff",
	".webp", ".heic", ".heif", ".avif", ".pgm", ".ppm", ".pnm",
}

// commitInterval bounds what a crash loses.
const commitInterval = time.Second

// Extract makes the embedding of each sample that the store lacks, and calls
// each with every sample's result, in the samples' order and from the calling
// goroutine. An image that cannot be read is a result and not an error.
//
// Extract returns the first error of the store, the backbone or each. When ctx
// is done it stops after the images in work and returns ctx's error. Whatever
// it returns, all results that each has seen are in the store.
func (x *Extractor) Extract(ctx context.Context, samples []dataset.Sample, each func(Result) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := x.start(ctx, cancel, samples)
	defer p.wait()

	ticker := time.NewTicker(commitInterval)
	defer ticker.Stop()
	var failure, commitFailure error
	commit := func() {
		if commitFailure == nil {
			commitFailure = x.commit()
		}
		if commitFailure != nil {
			cancel(commitFailure)
		}
	}
	finished := 0
	for j := range p.queue {
		for waiting := true; waiting; {
			select {
			case <-j.done:
				waiting = false
			case <-ticker.C:
				commit()
			}
		}
		if failure == nil && !j.skipped {
			failure = p.finish(j, each)
		}
		if j.skipped || failure != nil {
			cancel(failure)
			continue // until the producer and the workers have noticed
		}
		finished++
	}
	p.release()
	commit()
	if failure == nil && finished < len(samples) {
		failure = context.Cause(ctx)
	}
	if errors.Is(failure, commitFailure) {
		return failure
	}
	return errors.Join(failure, commitFailure)
}

// finish hands a job's result to the store, if it is new, and to each.
func (p *pipeline) finish(j *job, each func(Result) error) error {
	if j.chunk != p.current {
		p.release()
		p.current = j.chunk
	}
	if j.fresh {
		if j.Err != nil {
			p.store.PutUnreadable(j.Key, j.Err.Error())
		} else {
			p.store.Put(j.Key, j.Embedding)
		}
	}
	return each(j.Result)
}
