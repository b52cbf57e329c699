package imageio

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"slices"
)

// planGIF decodes a GIF file's first frame. Where that leaves the picture
// uncovered, it is white if the frame has transparency, and of the palette's
// first colour otherwise, as in Pillow.
func (d *Decoder) planGIF(data []byte, _ Preprocessing) (plan, error) {
	data = withGIFPalette(data)
	header, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(header.Width, header.Height); err != nil {
		return plan{}, err
	}
	const indices, interlaced, planes = 1, 1, 3
	memory := perPixel(header.Width, header.Height, indices+interlaced+planes) + int64(len(data))
	return d.byLibrary(memory, upright, data, gif.Decode, func(ctx context.Context, img image.Image) (picture, error) {
		return gifPicture(ctx, img, image.Rect(0, 0, header.Width, header.Height))
	}), nil
}

func gifPicture(ctx context.Context, img image.Image, canvas image.Rectangle) (picture, error) {
	frame, ok := img.(*image.Paletted)
	if !ok || !frame.Rect.In(canvas) {
		return picture{}, errors.New("frame lies outside the picture")
	}
	pic := whitePicture(canvas.Dx(), canvas.Dy())
	if !slices.ContainsFunc(frame.Palette, isTransparent) {
		background := image.NewPaletted(image.Rect(0, 0, canvas.Dx(), 1), frame.Palette)
		background.Stride = 0 // the one row is every row
		if err := pic.fill(ctx, canvas, palettedRows(background)); err != nil {
			return picture{}, err
		}
	}
	return pic, pic.fill(ctx, frame.Rect, palettedRows(frame))
}

func isTransparent(c color.Color) bool {
	_, _, _, alpha := c.RGBA()
	return alpha == 0
}

// withGIFPalette adds a palette of greys to a file that has none for all its
// frames, which is what Pillow takes frames without one of their own to mean.
func withGIFPalette(data []byte) []byte {
	const header, flags, hasPalette, of256 = 13, 10, 0x80, 0x07
	if len(data) < header || data[flags]&hasPalette != 0 {
		return data
	}
	greys := make([]byte, 3*256)
	for i := range greys {
		greys[i] = byte(i / 3)
	}
	data = slices.Insert(slices.Clone(data), header, greys...)
	data[flags] |= hasPalette | of256
	return data
}
