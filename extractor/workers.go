package extractor

import (
	"context"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// takeWorker returns a worker for p, when one is idle, or nil if ctx is done
// before: all runs of an Extractor share Config.Workers of them, with their
// decoders and tensors.
func (x *Extractor) takeWorker(ctx context.Context, p *pipeline) *worker {
	var w *worker
	select {
	case w = <-x.idle:
	case <-ctx.Done():
		return nil
	}
	if w == nil {
		w = &worker{decoder: &imageio.Decoder{Limits: x.config.Limits, Memory: x.memory, Time: x.config.TimeLimit}}
	}
	w.pipeline = p
	return w
}

func (x *Extractor) giveWorker(w *worker) { x.idle <- w }

// closeWorkers frees the tensors of all workers.
func (x *Extractor) closeWorkers() {
	for range cap(x.idle) {
		if w := <-x.idle; w != nil {
			for _, at := range w.slots {
				if at.inference != nil {
					at.inference.close()
				}
			}
		}
		x.idle <- nil
	}
}

// ready loads the backbone for a slot that has not met a new image yet.
func (w *worker) ready(at *slot) error {
	if at.inference != nil {
		return nil
	}
	network, err := w.network()
	if err == nil {
		at.inference, err = network.slot()
	}
	return err
}

// Embed returns the embedding of one image file in memory, which belongs to the
// caller. It neither asks the store nor keeps anything in it.
func (x *Extractor) Embed(ctx context.Context, image []byte) ([]float32, error) {
	if int64(len(image)) > x.config.MaxBytes {
		return nil, fmt.Errorf("%d bytes are over the limit of %d", len(image), x.config.MaxBytes)
	}
	w := x.takeWorker(ctx, &pipeline{Extractor: x})
	if w == nil {
		return nil, context.Cause(ctx)
	}
	defer x.giveWorker(w)
	at := &w.slots[0]
	if err := w.ready(at); err != nil {
		return nil, err
	}
	if err := at.inference.decode(ctx, w.decoder, image, x.config.Backbone.Preprocessing); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	embedding, err := at.inference.embed(ctx)
	if err != nil {
		return nil, err
	}
	if !finite(embedding) {
		return nil, errNotFinite
	}
	return slices.Clone(embedding), nil
}
