package extractor

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// thumbnailSpec is the spec of the thumbnails in a store. They are rows as
// embeddings are, with all guarantees of those; four levels of grey are the four
// bytes of one value.
func thumbnailSpec() store.Spec {
	return store.Spec{
		Dim:  imageio.ThumbnailLen / 4,
		JSON: fmt.Appendf(nil, `{"pixels":%d,"thumbnails":"grey, %dx%d"}`, imageio.Version, imageio.ThumbnailSide, imageio.ThumbnailSide),
	}
}

// openThumbnails opens the thumbnails of a store.
func openThumbnails(root *store.Root) (*store.Store, error) {
	root, err := root.Thumbnails()
	if err != nil {
		return nil, err
	}
	return root.Open(thumbnailSpec())
}

// keepsThumbnails tells whether new thumbnails are kept: not without a store, nor
// in one that can only be read.
func (x *Extractor) keepsThumbnails() bool {
	return x.thumbnails != nil && x.thumbnails.ReadOnly() == nil
}

// lacksThumbnail tells whether the store would keep the thumbnail of an image
// that it does not have.
func (x *Extractor) lacksThumbnail(key store.Key) (bool, error) {
	if !x.keepsThumbnails() {
		return false, nil
	}
	entries, err := x.thumbnails.Lookup([]store.Key{key})
	return err == nil && entries[0].State == store.Missing, err
}

// Thumbnails returns the thumbnail of each sample: see imageio.Decoder.Thumbnail.
// keys are the samples' as Extract found them. Samples of one key share one
// thumbnail. It is nil if none of them can be read any more, or has these bytes
// still.
//
// Extract makes those of the images that it decodes, if there is a store that can
// be written. Others are made now, and kept if there is. No backbone is loaded.
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
	missing := make([]*thumbnailJob, 0, len(keys))
	for i, key := range keys {
		if images[key] == nil {
			images[key] = &thumbnailJob{key: key, sample: &samples[i]}
			missing = append(missing, images[key])
		} else {
			images[key].copies = append(images[key].copies, &samples[i])
		}
	}
	if x.thumbnails != nil {
		var err error
		if missing, err = x.storedThumbnails(ctx, missing); err != nil {
			return nil, err
		}
	}
	if len(missing) > 0 {
		if err := x.makeThumbnails(ctx, missing, progress); err != nil {
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
	key    store.Key
	sample *dataset.Sample
	copies []*dataset.Sample // others with these bytes
	levels []byte            // the thumbnail; nil if there is none
	reason string            // why the image has none, if that is in its bytes
	done   chan struct{}
}

// storedThumbnails completes the jobs that the store knows, and returns the
// others: those that were unreadable too, if they are to be tried again.
func (x *Extractor) storedThumbnails(ctx context.Context, jobs []*thumbnailJob) (missing []*thumbnailJob, err error) {
	keys := make([]store.Key, len(jobs))
	for i, j := range jobs {
		keys[i] = j.key
	}
	entries, err := x.thumbnails.Lookup(keys)
	if err != nil {
		return nil, err
	}
	var stored []*thumbnailJob
	keys = keys[:0]
	for i, j := range jobs {
		switch e := entries[i]; {
		case e.State == store.Stored:
			stored, keys = append(stored, j), append(keys, j.key)
		case e.State == store.Pending:
			j.levels = levelsOf(e.Vector)
		case e.State == store.Missing || x.config.RetryUnreadable:
			missing = append(missing, j)
		}
	}
	if len(stored) == 0 {
		return missing, nil
	}
	rows, err := x.thumbnails.Rows(ctx, keys)
	if errors.As(err, new(*store.MissingError)) { // the store knows now that these are damaged
		again, err := x.storedThumbnails(ctx, stored)
		return append(missing, again...), err
	} else if err != nil {
		return nil, err
	}
	defer rows.Close()
	return missing, rows.Guard(func() error {
		for i, j := range stored {
			j.levels = levelsOf(rows.Row(i))
		}
		return nil
	})
}

// makeThumbnails completes jobs and puts their results into the store, in order,
// however many workers there are.
func (x *Extractor) makeThumbnails(ctx context.Context, jobs []*thumbnailJob, progress func(done, total int)) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	begun := make(chan *thumbnailJob, 4*x.config.Workers)
	go func() {
		defer close(begun)
		var workers errgroup.Group
		workers.SetLimit(x.config.Workers)
		for _, j := range jobs {
			if ctx.Err() != nil {
				return
			}
			j.done = make(chan struct{})
			begun <- j
			workers.Go(func() error {
				defer close(j.done)
				if err := x.makeThumbnail(ctx, j); err != nil {
					fail(err)
				}
				return nil
			})
		}
	}()
	if progress == nil {
		progress = func(int, int) {}
	}
	progress(0, len(jobs))
	done, committed := 0, time.Now()
	for j := range begun {
		<-j.done
		x.keepThumbnail(j)
		if ctx.Err() != nil {
			continue // to those that are begun
		}
		done++
		progress(done, len(jobs))
		if time.Since(committed) >= commitInterval {
			if err := x.commitThumbnails(); err != nil {
				fail(err)
			}
			committed = time.Now()
		}
	}
	return cmp.Or(context.Cause(ctx), x.commitThumbnails())
}

// makeThumbnail completes a job. Its error ends the run.
func (x *Extractor) makeThumbnail(ctx context.Context, j *thumbnailJob) error {
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return err
	}
	defer x.giveWorker(w)
	for _, s := range append([]*dataset.Sample{j.sample}, j.copies...) {
		var err error
		w.bytes, err = readSample(*s, w.bytes, x.config.MaxBytes)
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

// keepThumbnail puts a job's result into the store, if that is written to. An
// image without a result may be there another time.
func (x *Extractor) keepThumbnail(j *thumbnailJob) {
	switch {
	case !x.keepsThumbnails():
	case j.levels != nil:
		x.thumbnails.Put(j.key, rowOf(j.levels))
	case j.reason != "":
		x.thumbnails.PutUnreadable(j.key, j.reason)
	}
}

// commitThumbnails makes safe what was put into the store.
func (x *Extractor) commitThumbnails() error {
	if x.thumbnails == nil {
		return nil
	}
	return x.thumbnails.Commit()
}

func rowOf(levels []byte) []float32 {
	row := make([]float32, len(levels)/4)
	if _, err := binary.Decode(levels, binary.LittleEndian, row); err != nil {
		panic(err) // it has as many
	}
	return row
}

func levelsOf(row []float32) []byte {
	levels, err := binary.Append(nil, binary.LittleEndian, row)
	if err != nil {
		panic(err) // they are numbers
	}
	return levels
}
