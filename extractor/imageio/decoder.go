package imageio

import (
	"errors"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor/imageio/baseline"
)

// Decoder makes tensors from the bytes of image files. Its zero value works.
// It keeps its buffers from one image to the next, so each goroutine needs
// its own.
//
// The time an image takes is bounded by its pixels and bytes, with exceptions:
// a progressive JPEG may hold any number of scans over all its pixels, and how
// long the decoders of AVIF and HEIC take is up to them. None of them can be
// interrupted; a caller who gives an image up leaves its goroutine behind, and
// the Decoder with it.
type Decoder struct {
	Limits

	baseline baseline.Decoder
	channels [3]channel
}

// Tensor decodes data, the content of an image file, and writes the tensor p
// describes into dst, which holds p.Len() values.
//
// The error is [ErrNotImage] where the content is of no known image format;
// any other one about the content is a reason that a person understands. dst
// is then of arbitrary content.
func (d *Decoder) Tensor(dst []float32, data []byte, p Preprocessing) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if p.Type != "float32" {
		return fmt.Errorf("preprocessing: type %s is not made yet", p.Type)
	}
	if len(dst) != p.Len() {
		return fmt.Errorf("a tensor of %d values does not fit %d", p.Len(), len(dst))
	}
	f := sniff(data)
	if f == nil {
		return ErrNotImage
	}
	return d.decode(dst, data, f, p)
}

// decode is Tensor for a known format. A panic in a decoder costs its image
// and no more.
func (d *Decoder) decode(dst []float32, data []byte, f *format, p Preprocessing) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("%s: the decoder failed: %v", f.name, cause)
		}
	}()
	pic, err := f.read(d, data, p)
	if limit := new(limitError); errors.As(err, &limit) {
		return limit
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, explained(err))
	}
	d.render(dst, pic, p)
	return nil
}

// render resamples, converts and normalises pic into dst.
func (d *Decoder) render(dst []float32, pic picture, p Preprocessing) {
	horizontal, vertical := sides(pic.width, pic.height, pic.shrunk, pic.turn, p)
	channels := d.channels[:len(pic.planes)]
	for i := range channels {
		channels[i].prepare(pic.planes[i], horizontal, vertical, filters[p.Filter])
	}
	out := newTarget(dst, pic.model, pic.turn, p)
	// Of one channel, grey, all three colours are made.
	first, second, third := &channels[0], &channels[len(channels)/2], &channels[len(channels)-1]
	for y := 0; y < p.Crop; y += 2 {
		for i := range channels {
			channels[i].resample(y)
		}
		out.write(y, first.sums, second.sums, third.sums)
	}
}
