package imageio

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"slices"
)

// readGIF decodes a GIF file's first frame. Where that leaves the picture
// uncovered, it is white if the frame has transparency, and of the palette's
// first colour otherwise, as in Pillow.
func (d *Decoder) readGIF(data []byte, _ Preprocessing) (picture, error) {
	data = withGIFPalette(data)
	header, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	if err := d.Limits.check(header.Width, header.Height); err != nil {
		return picture{}, err
	}
	img, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, err
	}
	frame, ok := img.(*image.Paletted)
	if !ok || !frame.Rect.In(image.Rect(0, 0, header.Width, header.Height)) {
		return picture{}, errors.New("frame lies outside the picture")
	}
	pic := whitePicture(header.Width, header.Height)
	if !slices.ContainsFunc(frame.Palette, isTransparent) {
		background := image.NewPaletted(image.Rect(0, 0, header.Width, 1), frame.Palette)
		background.Stride = 0 // the one row is every row
		pic.fill(image.Rect(0, 0, header.Width, header.Height), palettedRows(background))
	}
	pic.fill(frame.Rect, palettedRows(frame))
	return pic, nil
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
