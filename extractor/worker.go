package extractor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// worker takes images all the way from bytes to embedding, one at a time, and
// keeps its memory from one to the next.
type worker struct {
	*pipeline
	bytes   []byte
	decoder *imageio.Decoder
	seat    seat // nil before the first image that is not in the store
}

func (p *pipeline) runWorker(ctx context.Context) {
	w := worker{pipeline: p, decoder: &imageio.Decoder{Limits: p.config.Limits}}
	for j := range p.work {
		if ctx.Err() == nil {
			if err := w.embed(ctx, j); err != nil {
				p.fail(err)
			}
		}
		close(j.done)
	}
	if w.seat != nil {
		w.seat.close()
	}
}

// embed completes the job's result unless ctx is done before. Its error ends the
// run.
func (w *worker) embed(ctx context.Context, j *job) error {
	data, err := w.read(j)
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		err = named.Err // the path is in the Result
	}
	if err != nil {
		j.Err = err
		return nil
	}
	if known, err := w.remember(j); known || err != nil {
		return err
	}
	return w.compute(ctx, j, data)
}

// reads is how often a file is read that changes meanwhile.
const reads = 3

var readSample = dataset.Sample.Read // replaced by tests

var errChanging = errors.New("the file changes while it is read")

// read reads the sample and finds its key.
func (w *worker) read(j *job) ([]byte, error) {
	for range reads {
		began := time.Now()
		before, err := j.Sample.ID()
		if err != nil {
			return nil, err
		}
		w.bytes, err = readSample(j.Sample, w.bytes, w.config.MaxBytes)
		if err != nil {
			return nil, err
		}
		if after, err := j.Sample.ID(); err == nil && after == before {
			j.Key = sha256.Sum256(w.bytes)
			w.files.Put(store.FileID(before), j.Key, began)
			return w.bytes, nil
		}
	}
	return nil, errChanging
}

// remember takes the result from the store where the content is known though the
// file was not: a copy, a moved file, or another process's work.
func (w *worker) remember(j *job) (known bool, err error) {
	entries, err := w.find([]store.Key{j.Key})
	if err != nil {
		return false, err
	}
	w.recall(j, entries[0])
	if entries[0].State == store.Stored {
		row, err := w.matrix([]store.Key{j.Key}, []int64{entries[0].Row})
		if err != nil {
			return false, err
		}
		defer row.Close()
		j.Embedding = slices.Clone(row.Row(0))
	}
	return entries[0].State != store.Missing, nil
}

// compute decodes the image and runs the backbone.
func (w *worker) compute(ctx context.Context, j *job, data []byte) error {
	if w.seat == nil {
		network, err := w.network()
		if err != nil {
			return err
		}
		if w.seat, err = network.seat(); err != nil {
			return err
		}
	}
	if err := w.decode(ctx, data); err != nil {
		if errors.Is(err, errStopped) {
			return nil
		}
		// What a limit refuses may be let through next time.
		j.fresh = !errors.Is(err, errTimeLimit) && !errors.Is(err, imageio.ErrOverLimit)
		j.Err = err
		return nil
	}
	j.fresh = true
	embedding, err := w.seat.embed()
	if err != nil {
		return fmt.Errorf("%s: %w", j.Sample.Path, err)
	}
	if !finite(embedding) {
		j.Err = errNotFinite
		return nil
	}
	j.Embedding = slices.Clone(embedding)
	return nil
}

var errNotFinite = errors.New("the backbone gives values for it that are no numbers")

func finite(values []float32) bool {
	for _, v := range values {
		if v-v != 0 { // of an infinity, too
			return false
		}
	}
	return true
}

var (
	errTimeLimit = errors.New("given up")
	errStopped   = errors.New("the run ended")
)

// decode makes the seat's tensor from data, or gives up when ctx is done or the
// time limit has passed.
func (w *worker) decode(ctx context.Context, data []byte) error {
	done := make(chan error, 1)
	go func(s seat, decoder *imageio.Decoder, p imageio.Preprocessing) {
		done <- s.decode(decoder, data, p)
	}(w.seat, w.decoder, w.config.Backbone.Preprocessing)
	limit := time.NewTimer(w.config.TimeLimit)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		w.abandon(done)
		return errStopped
	case <-limit.C:
		w.abandon(done)
		return fmt.Errorf("%w: not decoded within %v", errTimeLimit, w.config.TimeLimit)
	}
}

// abandon leaves the memory in use to a decoder, which nothing stops, until it
// is done.
func (w *worker) abandon(done <-chan error) {
	go func(s seat) {
		<-done
		s.close()
	}(w.seat)
	w.bytes, w.seat, w.decoder = nil, nil, &imageio.Decoder{Limits: w.config.Limits}
}
