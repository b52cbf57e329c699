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
	Cached    bool      // in the store before this run, be it an embedding or a reason
	Err       error     // why there is no embedding
}

// PassedOver tells whether the sample is a file that was found in a folder and
// neither is an image nor claims to be one by its name.
func (r Result) PassedOver() bool {
	return errors.Is(r.Err, imageio.ErrNotImage) && !r.Sample.Named &&
		!slices.Contains(imageEndings, strings.ToLower(filepath.Ext(r.Sample.Path)))
}

var imageEndings = []string{
	".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".tif", ".tiff",
	".webp", ".heic", ".heif", ".avif", ".pgm", ".ppm", ".pnm",
}

// commitInterval bounds what a crash loses: what was finished since, and what
// waited for an image before it.
const commitInterval = time.Second

// Extract makes the embedding of each sample that the store lacks, and calls
// each with every sample's result, in the samples' order and from the calling
// goroutine. An image that cannot be read is a result and not an error.
//
// Extract returns the first error of the store, the backbone or each. When ctx
// is done it gives up the images that are being decoded and returns ctx's cause.
// Unless the store fails, all results that each has seen are then in it, and those
// that waited for an image before them; if it does, its error is the one that is
// returned.
func (x *Extractor) Extract(ctx context.Context, samples []dataset.Sample, each func(Result) error) error {
	before, err := x.store.Info()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	p := x.start(ctx, cancel, before.Rows, samples)
	defer func() { // also if each panics
		cancel(nil)
		for j := range p.queue {
			p.release(j.chunk)
		}
		p.release(p.unqueued)
		p.release(p.current)
		p.wait()
	}()

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
			break
		}
		finished++
	}
	p.keepFinished()
	commit()
	switch {
	case commitFailure != nil:
		return commitFailure
	case failure == nil && finished < len(samples):
		return context.Cause(ctx)
	default:
		return failure
	}
}

// finish hands a job's result to the store, if it is new, and to each.
func (p *pipeline) finish(j *job, each func(Result) error) error {
	if j.chunk != p.current {
		p.release(p.current)
		p.current = j.chunk
	}
	p.keep(j)
	return each(j.Result)
}

// keep hands a job's result to the store, if it is new.
func (p *pipeline) keep(j *job) {
	switch {
	case j.skipped || !j.fresh:
	case j.Err != nil:
		p.store.PutUnreadable(j.Key, j.Err.Error())
	default:
		p.store.Put(j.Key, j.Embedding)
	}
}

// keepFinished keeps what was computed in vain when a run ends early: results
// that waited for an image before them.
func (p *pipeline) keepFinished() {
	p.fail(nil) // does nothing at the end of a run
	for j := range p.queue {
		<-j.done
		p.keep(j)
		p.release(j.chunk)
	}
}
