package headstart

import (
	"context"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// prints returns the thumbnails of the samples with the given indices: 32 rows of
// 32 levels of grey each, as imageio.Decoder.Thumbnail makes them, or nil for an
// image that cannot be read any more. They are read-only: copies of an image share
// theirs. Those that the store lacks are made, and kept in it.
func (e *Embeddings) prints(ctx context.Context, rows []int) ([][]byte, error) {
	samples := make([]dataset.Sample, len(rows))
	keys := make([]store.Key, len(rows))
	for n, i := range rows {
		samples[n], keys[n] = e.Samples[i], e.Keys[i]
	}
	started := false
	thumbnails, err := e.x.Thumbnails(ctx, samples, keys, func(done, total int) {
		if started {
			e.engine.event(ThumbnailDone{})
			return
		}
		started = true
		e.engine.event(ThumbnailsStarted{total})
	})
	if started {
		e.engine.event(ThumbnailsDone{})
	}
	return thumbnails, err
}
