package imageio

import (
	"errors"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/baseline"
)

// Decoder makes tensors from the bytes of image files. Its zero value works.
// It keeps its buffers from one image to the next, so each goroutine needs
// its own.
//
// The time an image takes is bounded by its pixels and bytes, with exceptions:
// a progressive JPEG may hold any number of scans over all its pixels, and how
// long the decoders of AVIF takes is up to them. None of them can be
// interrupted; a caller who gives an image up leaves its goroutine behind, and
// the Decoder with it.
type Decoder struct {
	Limits

	baseline baseline.Decoder
	samplers [2]sampler // of the first plane, and of two more
}

// Tensor decodes data, the content of an image file, and writes the tensor p
// describes into dst, which holds p.Len() values; p's type is float32.
//
// The error wraps [ErrNotImage] where the content is of no known image format;
// any other one about the content is a reason that a person understands. dst
// is then of arbitrary content.
func (d *Decoder) Tensor(dst []float32, data []byte, p Preprocessing) error {
	if p.Type != "float32" {
		return fmt.Errorf("a tensor of %s does not fit float32", p.Type)
	}
	return d.make(memory{floats: dst}, len(dst), data, p)
}

// TensorOfBytes is Tensor where p's type is uint8: levels from 0 to 255,
// rounded.
func (d *Decoder) TensorOfBytes(dst []uint8, data []byte, p Preprocessing) error {
	if p.Type != "uint8" {
		return fmt.Errorf("a tensor of %s does not fit uint8", p.Type)
	}
	return d.make(memory{bytes: dst}, len(dst), data, p)
}

// memory is that of the resulting tensor, of which one slice is used.
type memory struct {
	floats []float32
	bytes  []uint8
}

func (d *Decoder) make(dst memory, length int, data []byte, p Preprocessing) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if length != p.Len() {
		return fmt.Errorf("a tensor of %d values does not fit %d", p.Len(), length)
	}
	if len(data) == 0 {
		return fmt.Errorf("%w: the file is empty", ErrNotImage)
	}
	f := sniff(data)
	if f == nil {
		return ErrNotImage
	}
	return d.decode(dst, data, f, p)
}

// decode makes a tensor of a known format. A panic in a decoder costs its image
// and no more.
func (d *Decoder) decode(dst memory, data []byte, f *format, p Preprocessing) (err error) {
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
func (d *Decoder) render(dst memory, pic picture, p Preprocessing) {
	horizontal, vertical := sides(pic.width, pic.height, pic.shrunk, pic.turn, p)
	samplers := d.samplers[:1]
	samplers[0].prepare(pic.planes[:1], horizontal, vertical, filters[p.Filter])
	if len(pic.planes) == 3 {
		samplers = d.samplers[:2]
		samplers[1].prepare(pic.planes[1:], horizontal, vertical, filters[p.Filter])
	}
	out := newTarget(dst, pic.turn, p)
	for y := 0; y < p.Crop; y += 2 {
		for i := range samplers {
			samplers[i].resample(y)
		}
		first := samplers[0].channels[0].sums
		second, third := first, first // of grey
		if len(samplers) == 2 {
			second, third = samplers[1].channels[0].sums, samplers[1].channels[1].sums
		}
		rows := out.rows(y)
		if pic.mixer != nil {
			pic.mixer.mix(&rows, &out.normalise, first, second, third)
		} else {
			keep(&rows, &out.normalise, 0, first)
			keep(&rows, &out.normalise, 1, second)
			keep(&rows, &out.normalise, 2, third)
		}
		out.written(y)
	}
	for i := range samplers {
		samplers[i].release()
	}
}
