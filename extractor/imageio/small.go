package imageio

import (
	"context"
	"image"
)

// Small decodes data, the content of an image file, and returns the whole picture as
// it is shown, made small for people to look at: at most edge pixels wide and high, in
// its own proportions. A picture that is small already keeps its size. Errors are
// those of Tensor.
func (d *Decoder) Small(ctx context.Context, data []byte, edge int) (*image.RGBA, error) {
	p := squeezed(edge)
	if err := p.Validate(); err != nil {
		return nil, err
	}
	var small *image.RGBA
	err := d.each(ctx, data, func(f *format) (err error) {
		small, err = d.small(ctx, data, f, p)
		return err
	})
	return small, err
}

// squeezed is the preprocessing that squeezes a whole picture into a square.
func squeezed(side int) Preprocessing {
	p := thumbnail
	p.Resize, p.Crop = side, side
	return p
}

func (d *Decoder) small(ctx context.Context, data []byte, f *format, p Preprocessing) (small *image.RGBA, err error) {
	defer recovered(&err)
	plan, err := f.plan(d, data, p)
	if err != nil {
		return nil, err
	}
	if err := d.reserve(ctx, plan.memory); err != nil {
		return nil, err
	}
	err = d.carryOut(ctx, plan, func(ctx context.Context, pic picture) (err error) {
		small, err = d.shrink(ctx, pic, p.Crop)
		return err
	})
	return small, err
}

// shrink squeezes a picture into a square as wide as its longer side shall be, as the
// resampler makes nothing else, and then its shorter side to its proportion.
func (d *Decoder) shrink(ctx context.Context, pic picture, edge int) (*image.RGBA, error) {
	width, height := pic.width, pic.height
	if pic.turn.swapsAxes() {
		width, height = height, width
	}
	side := min(edge, max(width, height))
	square := make([]uint8, 3*side*side)
	if err := d.thumbnails.render(ctx, output{bytes: square}, pic, squeezed(side)); err != nil {
		return nil, err
	}
	across := max(1, side*width/max(width, height))
	down := max(1, side*height/max(width, height))
	small := image.NewRGBA(image.Rect(0, 0, across, down))
	for channel := range 3 {
		plane := square[channel*side*side:][:side*side]
		for y := range down {
			for x := range across {
				small.Pix[y*small.Stride+4*x+channel] = average(plane, side, x, y, across, down)
			}
		}
	}
	for i := 3; i < len(small.Pix); i += 4 {
		small.Pix[i] = 255
	}
	return small, nil
}

// average is the mean of the part of a square that becomes pixel (x, y) of across ×
// down: one of these is the square's side.
func average(square []uint8, side, x, y, across, down int) uint8 {
	if across == side {
		return mean(y, side, down, func(i int) uint8 { return square[i*side+x] })
	}
	return mean(x, side, across, func(i int) uint8 { return square[y*side+i] })
}

// mean is the mean of values [at·from/to, (at+1)·from/to) of from, those at the ends
// counting for their parts. Lengths are in units of 1/to.
func mean(at, from, to int, value func(i int) uint8) uint8 {
	sum := 0
	for start, end := at*from, (at+1)*from; start < end; {
		i := start / to
		next := min((i+1)*to, end)
		sum += (next - start) * int(value(i))
		start = next
	}
	return uint8((sum + from/2) / from)
}
