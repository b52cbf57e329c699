package extractor

import (
	"context"
	"fmt"
	"image"
)

// Show returns the whole picture in an image file in memory as it is shown, upright,
// its longer side of side pixels, and the size of the shown picture in the file. It
// waits for one of the Extractor's workers and takes its limits. An image that cannot
// be read gives an *ImageError.
func (x *Extractor) Show(ctx context.Context, data []byte, side int) (*image.RGBA, image.Point, error) {
	if int64(len(data)) > x.config.MaxBytes {
		return nil, image.Point{}, &ImageError{fmt.Errorf("%d bytes are over the limit of %d", len(data), x.config.MaxBytes)}
	}
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return nil, image.Point{}, err
	}
	defer x.giveWorker(w)
	small, size, err := w.decoder.Show(ctx, data, side)
	switch {
	case err == nil:
		return small, size, nil
	case ctx.Err() != nil:
		return nil, size, context.Cause(ctx)
	}
	return nil, size, &ImageError{err}
}
