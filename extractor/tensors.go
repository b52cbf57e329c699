package extractor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Tensors returns the pixels of each sample, as p describes them, whose type is
// float32: p.Len() values, or nil if the image cannot be read any more, or is no longer
// the one with its key. No backbone is loaded, and nothing is kept. done, unless nil, is
// called after each image, from several goroutines at once. When ctx is done Tensors
// returns its cause.
func (x *Extractor) Tensors(ctx context.Context, samples []dataset.Sample, keys []store.Key, p imageio.Preprocessing, done func()) ([][]float32, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	tensors := make([][]float32, len(samples))
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var workers errgroup.Group
	workers.SetLimit(x.config.Workers)
	for i, s := range samples {
		if ctx.Err() != nil {
			break
		}
		workers.Go(func() error {
			var err error
			if tensors[i], err = x.tensor(ctx, s, keys[i], p); err != nil {
				fail(err)
			} else if done != nil {
				done()
			}
			return nil
		})
	}
	_ = workers.Wait() // they tell ctx
	return tensors, context.Cause(ctx)
}

// tensor returns the pixels of one sample, nil if there are none. Its error ends the
// run.
func (x *Extractor) tensor(ctx context.Context, s dataset.Sample, key store.Key, p imageio.Preprocessing) ([]float32, error) {
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return nil, err
	}
	defer x.giveWorker(w)
	w.bytes, err = readSample(s, w.bytes, x.config.MaxBytes)
	if err = patherr.Strip(err); isOfProcess(err) {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	if err != nil || sha256.Sum256(w.bytes) != key {
		return nil, nil
	}
	tensor := make([]float32, p.Len())
	switch err := w.decoder.Tensor(ctx, tensor, w.bytes, p); {
	case err == nil:
		return tensor, nil
	case ctx.Err() != nil && !errors.Is(err, imageio.ErrOverLimit):
		return nil, context.Cause(ctx)
	}
	return nil, nil
}
