package extractor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Picture is an image made small, for people to look at.
type Picture struct {
	JPEG          []byte // upright, in its own proportions
	Width, Height int    // pixels
	Err           error  // why there is none; then the rest is empty
}

// PictureOptions bounds pictures.
type PictureOptions struct {
	Edge     int // pixels of the longer side at most
	MaxBytes int // of the JPEG file at most
}

var errChanged = errors.New("its content has changed since")

// Pictures returns a picture of each sample. keys are the samples' as Extract found
// them: of a sample that has other bytes now there is none. The backbone is not
// loaded, and nothing is kept. When ctx is done its error is ctx's cause.
func (x *Extractor) Pictures(ctx context.Context, samples []dataset.Sample, keys []store.Key, o PictureOptions) ([]Picture, error) {
	pictures := make([]Picture, len(samples))
	workers, running := errgroup.WithContext(ctx)
	workers.SetLimit(x.config.Workers)
	for i := range samples {
		if running.Err() != nil {
			break
		}
		workers.Go(func() (err error) {
			pictures[i], err = x.picture(running, samples[i], keys[i], o)
			return err
		})
	}
	if err := workers.Wait(); err != nil {
		return nil, err
	}
	return pictures, context.Cause(ctx)
}

// picture makes one picture. Its error ends the run.
func (x *Extractor) picture(ctx context.Context, s dataset.Sample, key store.Key, o PictureOptions) (Picture, error) {
	w, err := x.takeWorker(ctx, &pipeline{Extractor: x})
	if err != nil {
		return Picture{}, err
	}
	defer x.giveWorker(w)
	w.bytes, err = readSample(s, w.bytes, x.config.MaxBytes)
	if err = patherr.Strip(err); isOfProcess(err) {
		return Picture{}, fmt.Errorf("%s: %w", s.Path, err)
	}
	if err == nil && sha256.Sum256(w.bytes) != key {
		err = errChanged
	}
	if err != nil {
		return Picture{Err: err}, nil
	}
	small, err := w.decoder.Small(ctx, w.bytes, o.Edge)
	if ctx.Err() != nil {
		return Picture{}, context.Cause(ctx)
	}
	if err != nil {
		return Picture{Err: err}, nil
	}
	file, err := encodeWithin(small, o.MaxBytes)
	return Picture{JPEG: file, Width: small.Rect.Dx(), Height: small.Rect.Dy(), Err: err}, nil
}

// encodeWithin returns a JPEG file of at most limit bytes.
func encodeWithin(picture image.Image, limit int) ([]byte, error) {
	var file bytes.Buffer
	for _, quality := range []int{80, 60, 40, 20, 5} {
		file.Reset()
		if err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if file.Len() <= limit {
			return file.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("no JPEG of it is within %d bytes", limit)
}
