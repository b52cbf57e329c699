package extractor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Thumbnails returns the thumbnail of each sample: see imageio.Decoder.Thumbnail.
// keys are the samples' as Extract found them. Samples of one key share one
// thumbnail. It is nil if none of them can be read any more, or has these bytes
// still.
//
// Extract makes those of the images that it decodes, if there is a store that can
// be written. Others are made now, and remembered in the store, or in memory if
// there is none to write to. No backbone is loaded.
//
// If images have to be decoded, progress, unless nil, is called from the calling
// goroutine with how many of them are done: 0 first, and then after each.
//
// When ctx is done Thumbnails returns its cause; what is made until then is kept.
func (x *Extractor) Thumbnails(ctx context.Context, samples []dataset.Sample, keys []store.Key, progress func(done, total int)) ([][]byte, error) {
	if _, err := x.open(); err != nil {
		return nil, err
	}
	images := make(map[store.Key]*thumbnailJob, len(keys))
	distinct := make([]*thumbnailJob, 0, len(keys))
	for i, key := range keys {
		if images[key] == nil {
			images[key] = &thumbnailJob{key: key}
			distinct = append(distinct, images[key])
		}
		images[key].samples = append(images[key].samples, samples[i])
	}
	unknown, err := x.thumbnails.recall(ctx, distinct, x.config.RetryUnreadable)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 {
		if err := x.makeThumbnails(ctx, unknown, progress); err != nil {
			return nil, err
		}
	}
	thumbnails := make([][]byte, len(keys))
	for i, key := range keys {
		thumbnails[i] = images[key].levels
	}
	return thumbnails, nil
}

// thumbnailJob is an image on its way to a thumbnail.
type thumbnailJob struct {
	key     store.Key
	samples []dataset.Sample // with these bytes
	levels  []byte           // the thumbnail; nil if there is none
	reason  string           // why the image has none, if that is in its bytes
	made    bool
}

// makeThumbnails completes jobs and remembers their results.
func (x *Extractor) makeThumbnails(ctx context.Context, jobs []*thumbnailJob, progress func(done, total int)) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	if progress == nil {
		progress = func(int, int) {}
	}
	progress(0, len(jobs))
	work := make(chan *thumbnailJob)
	done := make(chan *thumbnailJob, x.config.Workers)
	var workers sync.WaitGroup
	for range min(x.config.Workers, len(jobs)) {
		workers.Go(func() {
			for j := range work {
				if err := x.makeThumbnail(ctx, j); err != nil {
					fail(err)
					continue
				}
				done <- j
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(work)
		for _, j := range jobs {
			select {
			case work <- j:
			case <-ctx.Done():
				return
			}
		}
	}()
	ticker := time.NewTicker(commitInterval)
	defer ticker.Stop()
	n, remembered := 0, 0
	for j := range done {
		j.made = true
		n++
		for remembered < len(jobs) && jobs[remembered].made { // in order, however many workers there are
			x.thumbnails.remember(jobs[remembered])
			remembered++
		}
		progress(n, len(jobs))
		select {
		case <-ticker.C:
			if err := x.thumbnails.commit(); err != nil {
				fail(err)
			}
		default:
		}
	}
	for _, j := range jobs[remembered:] {
		if j.made {
			x.thumbnails.remember(j)
		}
	}
	if err := x.thumbnails.commit(); err != nil {
		return err
	}
	if n < len(jobs) {
		return context.Cause(ctx)
	}
	return nil
}

// makeThumbnail completes a job. Its error ends the run.
func (x *Extractor) makeThumbnail(ctx context.Context, j *thumbnailJob) error {
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return err
	}
	defer x.giveWorker(w)
	for _, s := range j.samples {
		var err error
		w.bytes, err = readSample(s, w.bytes, x.config.MaxBytes)
		if err = patherr.Strip(err); isOfProcess(err) {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
		if err != nil || sha256.Sum256(w.bytes) != j.key {
			continue // another sample may still have these bytes
		}
		levels := make([]byte, imageio.ThumbnailLen)
		switch err := w.decoder.Thumbnail(ctx, levels, w.bytes); {
		case err == nil:
			j.levels = levels
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !errors.Is(err, imageio.ErrOverLimit):
			j.reason = err.Error()
		}
		return nil
	}
	return nil
}
