package imageio

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is one kind of image file: how to know it, how to learn its size
// without decoding, and how to decode it.
type format struct {
	name        string
	is          func(data []byte) bool
	config      func(io.Reader) (image.Config, error)
	decode      func(io.Reader) (image.Image, error)
	orientation func(data []byte) orientation
}

var formats = []format{
	{"JPEG", startsWith("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode, jpegOrientation},
	{"PNG", startsWith("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode, pngOrientation},
	{"GIF", startsWith("GIF87a", "GIF89a"), gif.DecodeConfig, gif.Decode, nil},
	{"WebP", isWebP, webp.DecodeConfig, webp.Decode, webpOrientation},
	{"TIFF", startsWith("II*\x00", "MM\x00*"), tiff.DecodeConfig, tiff.Decode, exifOrientation},
	{"BMP", isBMP, bmp.DecodeConfig, bmp.Decode, nil},
	{"PNM", isPNM, decodePNMConfig, decodePNM, nil},
}

// sniff tells an image's format by its first bytes; nil means that it is none.
func sniff(data []byte) *format {
	for i := range formats {
		if formats[i].is(data) {
			return &formats[i]
		}
	}
	return nil
}

func startsWith(magics ...string) func([]byte) bool {
	return func(data []byte) bool {
		for _, magic := range magics {
			if bytes.HasPrefix(data, []byte(magic)) {
				return true
			}
		}
		return false
	}
}

func isWebP(data []byte) bool {
	return len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP"
}

// isBMP looks beyond the two letters BM, with which plain text may begin too,
// at the length of the second header, of which only a few exist.
func isBMP(data []byte) bool {
	if len(data) < 18 || string(data[:2]) != "BM" {
		return false
	}
	switch data[14] {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return data[15] == 0 && data[16] == 0 && data[17] == 0
	}
	return false
}

// read decodes data as f once its header has passed the limits.
func (f *format) read(data []byte, limits Limits) (image.Image, error) {
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, f.explain(err)
	}
	if err := limits.check(config.Width, config.Height); err != nil {
		return nil, err
	}
	img, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, f.explain(err)
	}
	if err := limits.check(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
		return nil, err
	}
	return img, nil
}

// explain says what a decoder found wrong in words that need no knowledge of
// the decoder.
func (f *format) explain(err error) error {
	return fmt.Errorf("%s: %s", f.name, reason(err))
}
