package extractor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

var (
	errTimeLimit = errors.New("given up")
	errStopped   = errors.New("the run ended")
)

// decode makes the tensor of the image data in a place's seat, or gives up when
// ctx is done or the time limit has passed.
func (w *worker) decode(ctx context.Context, at *place, data []byte) error {
	done := make(chan error, 1)
	go func(s seat, decoder *imageio.Decoder, p imageio.Preprocessing) {
		done <- s.decode(decoder, data, p)
	}(at.seat, w.decoder, w.config.Backbone.Preprocessing)
	limit := time.NewTimer(w.config.TimeLimit)
	defer limit.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		w.abandon(at, done)
		return errStopped
	case <-limit.C:
		w.abandon(at, done)
		return fmt.Errorf("%w: not decoded within %v", errTimeLimit, w.config.TimeLimit)
	}
}

// abandon leaves the memory in use to a decoder, which nothing stops, until it
// is done.
func (w *worker) abandon(at *place, done <-chan error) {
	go func(s seat) {
		<-done
		s.close()
	}(at.seat)
	w.bytes, at.seat, w.decoder = nil, nil, &imageio.Decoder{Limits: w.config.Limits}
}
