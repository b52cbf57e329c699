package extractor

import (
	"context"
	"fmt"
	"image"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// keptBuffer is the size of the largest file whose buffer an idle worker keeps.
const keptBuffer = 8 << 20

// takeWorker returns a worker for p when one is idle: all runs of an Extractor
// share Config.Workers of them, with their decoders and tensors. Its error is
// ctx's cause or ErrClosed.
func (x *Extractor) takeWorker(ctx context.Context, p *pipeline) (*worker, error) {
	select {
	case w, open := <-x.idle:
		if !open {
			return nil, ErrClosed
		}
		if w == nil {
			w = &worker{decoder: &imageio.Decoder{Limits: x.config.Limits, Memory: x.memory, Time: x.config.TimeLimit}}
		}
		w.pipeline = p
		return w, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (x *Extractor) giveWorker(w *worker) {
	w.pipeline = nil
	if cap(w.bytes) > keptBuffer {
		w.bytes = nil
	}
	for i := range w.slots {
		w.slots[i].job = nil
	}
	x.idle <- w
}

// free frees the worker's tensors; w may be nil.
func (w *worker) free() {
	if w == nil {
		return
	}
	for _, at := range w.slots {
		if at.inference != nil {
			at.inference.close()
		}
	}
}

// ready loads the backbone for a slot that has not met a new image yet.
func (w *worker) ready(ctx context.Context, at *slot) error {
	if at.inference != nil {
		return nil
	}
	network, err := w.network(ctx)
	if err == nil {
		at.inference, err = network.slot()
	}
	return err
}

// network loads the backbone unless that is done.
func (x *Extractor) network(ctx context.Context) (*network, error) {
	x.loading.Lock()
	defer x.loading.Unlock()
	if x.loaded == nil {
		loaded, err := x.load(ctx)
		if err != nil {
			return nil, err
		}
		x.loaded = loaded
	}
	return x.loaded, nil
}

// ImageError says why an image cannot be embedded: the reason is in its bytes, or
// in a limit that they exceed.
type ImageError struct{ Err error }

func (e *ImageError) Error() string { return e.Err.Error() }
func (e *ImageError) Unwrap() error { return e.Err }

// Embed returns the embedding of one image file in memory, which belongs to the
// caller. It uses no store. An image that cannot be read gives an *ImageError.
func (x *Extractor) Embed(ctx context.Context, image []byte) ([]float32, error) {
	embedding, _, err := x.EmbedSized(ctx, image)
	return embedding, err
}

// EmbedSized is Embed, and returns the size of the picture as it is shown too.
func (x *Extractor) EmbedSized(ctx context.Context, data []byte) (embedding []float32, size image.Point, err error) {
	if err := x.checkBytes(data); err != nil {
		return nil, size, err
	}
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return nil, size, err
	}
	defer x.giveWorker(w)
	at := &w.slots[0]
	if err := w.ready(ctx, at); err != nil {
		return nil, size, err
	}
	if err := at.inference.decode(ctx, w.decoder, data, x.config.Backbone.Preprocessing); err != nil {
		if ctx.Err() != nil {
			return nil, size, context.Cause(ctx)
		}
		return nil, size, &ImageError{err}
	}
	row, err := at.inference.embed(ctx)
	if err != nil {
		return nil, size, err
	}
	if !matrix.Finite(row) {
		return nil, size, &ImageError{errNotFinite}
	}
	return slices.Clone(row), w.decoder.Shown(), nil
}

// Small returns the whole picture in an image file in memory for people to look at,
// at most edge pixels wide and high: see imageio.Decoder.Small. An image that cannot
// be read gives an *ImageError.
func (x *Extractor) Small(ctx context.Context, data []byte, edge int) (*image.RGBA, error) {
	if err := x.checkBytes(data); err != nil {
		return nil, err
	}
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return nil, err
	}
	defer x.giveWorker(w)
	small, err := w.decoder.Small(ctx, data, edge)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, &ImageError{err}
	}
	return small, nil
}

func (x *Extractor) checkBytes(data []byte) error {
	if int64(len(data)) > x.config.MaxBytes {
		return &ImageError{fmt.Errorf("%d bytes are over the limit of %d", len(data), x.config.MaxBytes)}
	}
	return nil
}
