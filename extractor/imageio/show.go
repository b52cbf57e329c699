package imageio

import (
	"context"
	"fmt"
	"image"

	"golang.org/x/image/draw"
)

// Show decodes data, the content of an image file, and returns the whole picture as
// it is shown, upright and in its proportions, its longer side of side pixels, and
// the size of the shown picture in the file. Errors are those of Tensor.
func (d *Decoder) Show(ctx context.Context, data []byte, side int) (small *image.RGBA, size image.Point, err error) {
	p := thumbnail
	p.Resize, p.Crop, p.Layout = side, side, "NHWC"
	if err := p.Validate(); err != nil {
		return nil, size, fmt.Errorf("a picture of %d pixels: %w", side, err)
	}
	colours := make([]uint8, p.Len())
	if err := d.TensorOfBytes(ctx, colours, data, p); err != nil {
		return nil, size, err
	}
	square := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		copy(square.Pix[4*i:], colours[3*i:3*i+3])
		square.Pix[4*i+3] = 255
	}
	size = d.shown
	shape := image.Rect(0, 0, shrunkSide(size.X, size.Y, side), shrunkSide(size.Y, size.X, side))
	if shape == square.Rect {
		return square, size, nil
	}
	small = image.NewRGBA(shape) // only one side is left to shrink
	draw.BiLinear.Scale(small, shape, square, square.Rect, draw.Src, nil)
	return small, size, nil
}

// shrunkSide is the length of a side where the longer one becomes longest.
func shrunkSide(side, other, longest int) int {
	if side >= other {
		return longest
	}
	return max(1, (longest*side+other/2)/other)
}

// Frame is a part of a picture as it is shown, in shares of its width and height
// from the left and the top.
type Frame struct{ Left, Top, Right, Bottom float64 }

// Seen returns what of a picture of the given shown size is in the tensor.
func (p Preprocessing) Seen(size image.Point) Frame {
	if size.X < 1 || size.Y < 1 {
		return Frame{0, 0, 1, 1}
	}
	horizontal, vertical := sides(size.X, size.Y, 1, upright, p)
	share := func(s side) (from, to float64) {
		return float64(s.offset) / float64(s.resized), float64(s.offset+s.crop) / float64(s.resized)
	}
	f := Frame{}
	f.Left, f.Right = share(horizontal)
	f.Top, f.Bottom = share(vertical)
	return f
}
