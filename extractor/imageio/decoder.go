package imageio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

// Decoder makes tensors from the bytes of image files. Its zero value works.
// It keeps its buffers from one image to the next, so each goroutine needs
// its own.
//
// Decoding stops soon after the context is done or the time is up: our own
// decoders check the context for every row, and decoders of libraries get an error
// when they read on. A library that has read its whole input is left behind: the
// Decoder does not wait for it.
type Decoder struct {
	Limits
	Memory *Memory       // the budget that all Decoders share; nil means no limit
	Time   time.Duration // after which an image is given up, waiting for memory aside; 0 means no limit

	// AlsoThumbnail, unless nil, is where Tensor and TensorOfBytes put the image's
	// thumbnail, ThumbnailLen bytes that are the same as Thumbnail's, without
	// decoding it twice.
	AlsoThumbnail []byte

	jpeg       jpeg.Decoder
	views      [2]samplers // of EachView
	thumbnails samplers
	reserved   int64       // bytes of Memory for the image in work
	shown      image.Point // size of the last picture as it is shown
}

// samplers are one of the first plane, and one of two more or of each.
type samplers [3]sampler

// Tensor decodes data, the content of an image file, and writes the tensor p
// describes into dst, which holds p.Len() values; p's type is float32. For both
// views the image is decoded once.
//
// The error wraps [ErrNotImage] where the content is of no known image format,
// matches [ErrOverLimit] where the image exceeds a limit, and is ctx's own
// where ctx was done first; any other error about the content is a reason
// that a person understands. After an error the content of dst is undefined. Nothing refers to dst
// or data after Tensor has returned.
func (d *Decoder) Tensor(ctx context.Context, dst []float32, data []byte, p Preprocessing) error {
	if p.Type != "float32" {
		return fmt.Errorf("a tensor of %s does not fit float32", p.Type)
	}
	return d.make(ctx, output{floats: dst}, len(dst), data, p)
}

// TensorOfBytes is Tensor where p's type is uint8: levels from 0 to 255,
// rounded.
func (d *Decoder) TensorOfBytes(ctx context.Context, dst []uint8, data []byte, p Preprocessing) error {
	if p.Type != "uint8" {
		return fmt.Errorf("a tensor of %s does not fit uint8", p.Type)
	}
	return d.make(ctx, output{bytes: dst}, len(dst), data, p)
}

// output is the memory of the result, of which one slice is used.
type output struct {
	floats []float32
	bytes  []uint8
}

// part is the i-th stretch of n values.
func (o output) part(i, n int) output {
	if o.bytes != nil {
		return output{bytes: o.bytes[i*n : (i+1)*n]}
	}
	return output{floats: o.floats[i*n : (i+1)*n]}
}

func (d *Decoder) make(ctx context.Context, dst output, length int, data []byte, p Preprocessing) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if length != p.Len() {
		return fmt.Errorf("a tensor of %d values does not fit %d", p.Len(), length)
	}
	return d.each(ctx, data, func(f *format) error { return d.decode(ctx, dst, data, f, p) })
}

// each finds data's format and calls decode with it, whose error it explains.
func (d *Decoder) each(ctx context.Context, data []byte, decode func(*format) error) error {
	if len(data) == 0 {
		return fmt.Errorf("%w: the file is empty", ErrNotImage)
	}
	f := sniff(data)
	if f == nil {
		return ErrNotImage
	}
	err := decode(f)
	d.release()
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if limit, ok := errors.AsType[limitError](err); ok {
		return limit
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, explained(err))
	}
	return nil
}

// decode makes a tensor of a known format. A panic in a decoder becomes the
// image's error.
func (d *Decoder) decode(ctx context.Context, dst output, data []byte, f *format, p Preprocessing) (err error) {
	defer recovered(&err)
	plan, err := f.plan(d, data, p)
	if err != nil {
		return err
	}
	if err := d.reserve(ctx, plan.memory); err != nil {
		return err
	}
	return d.carryOut(ctx, plan, func(ctx context.Context, pic picture) error {
		var err error
		if p != thumbnail {
			err = d.renderViews(ctx, dst, pic, p)
		}
		if err == nil && d.wantsThumbnail(p) {
			err = d.renderThumbnail(ctx, plan, pic)
		}
		return err
	})
}

// reserve waits for memory for a limited time, since a library may hold that of an
// image that was given up for arbitrarily long.
func (d *Decoder) reserve(ctx context.Context, n int64) error {
	const patience = 10 // times what one image may take
	limited, cancel := withTimeout(ctx, patience*d.Time)
	defer cancel()
	err := d.Memory.reserve(limited, n)
	if errors.Is(err, context.DeadlineExceeded) {
		return overLimit(fmt.Sprintf("given up: no memory for it within %v", patience*d.Time))
	}
	if err == nil {
		d.reserved = n
	}
	return err
}

func withTimeout(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// carryOut decodes an image that memory is reserved for, and renders it, within the
// time limit.
func (d *Decoder) carryOut(ctx context.Context, plan plan, render func(context.Context, picture) error) error {
	limited, cancel := withTimeout(ctx, d.Time)
	defer cancel()
	pic, err := plan.decode(limited)
	pic.turn = plan.turn
	d.shown = pic.shownSize()
	if err == nil {
		err = render(limited, pic)
	}
	if err != nil && limited.Err() != nil {
		return overLimit(fmt.Sprintf("given up: not decoded within %v", d.Time))
	}
	return err
}

// renderViews makes each of p's views of one picture.
func (d *Decoder) renderViews(ctx context.Context, dst output, pic picture, p Preprocessing) error {
	for i, view := range p.EachView() {
		if err := d.views[i].render(ctx, dst.part(i, view.Len()), pic, view); err != nil {
			return err
		}
	}
	return nil
}

// release ends the reservation of the image in work, and drops buffers that are
// too large to keep without one.
func (d *Decoder) release() {
	d.jpeg.DropLarge()
	d.Memory.release(d.reserved)
	d.reserved = 0
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if cause := recover(); cause != nil {
		*err = fmt.Errorf("the decoder failed: %v", cause)
	}
}

// render resamples, converts and normalises pic into dst.
func (s *samplers) render(ctx context.Context, dst output, pic picture, p Preprocessing) error {
	horizontal, vertical := sides(pic.width, pic.height, pic.shrunk, pic.turn, p)
	return s.resample(ctx, dst, pic, horizontal, vertical, p)
}

// resample is render where the sides are laid out.
func (s *samplers) resample(ctx context.Context, dst output, pic picture, horizontal, vertical side, p Preprocessing) error {
	samplers := s[:1]
	samplers[0].prepare(pic.planes[:1], horizontal, vertical, filters[p.Filter])
	switch {
	case len(pic.planes) < 3:
	case pic.planes[1].liesLike(pic.planes[2]):
		samplers = s[:2]
		samplers[1].prepare(pic.planes[1:], horizontal, vertical, filters[p.Filter])
	default:
		samplers = s[:3]
		samplers[1].prepare(pic.planes[1:2], horizontal, vertical, filters[p.Filter])
		samplers[2].prepare(pic.planes[2:], horizontal, vertical, filters[p.Filter])
	}
	defer func() {
		for i := range samplers {
			samplers[i].release()
		}
	}()
	out := newTarget(dst, horizontal.crop, vertical.crop, pic.turn, p)
	for y := 0; y < vertical.crop; y += 2 {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range samplers {
			samplers[i].resample(y)
		}
		first := samplers[0].channels[0].sums
		second, third := first, first // of grey
		if len(pic.planes) == 3 {
			last := samplers[len(samplers)-1].channels
			second, third = samplers[1].channels[0].sums, last[len(last)-1].sums
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
	return nil
}
