package imageio

import (
	"bytes"
	"image"
	"image/gif"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// format is one kind of image file: how to know it, and how to read it.
type format struct {
	name string
	is   func(data []byte) bool
	read func(d *Decoder, data []byte, p Preprocessing) (picture, error)
}

var formats = []format{
	{"JPEG", startsWith("\xff\xd8\xff"), (*Decoder).readJPEG},
	{"PNG", startsWith("\x89PNG\r\n\x1a\n"), reader(png.DecodeConfig, png.Decode, pngOrientation)},
	{"GIF", startsWith("GIF87a", "GIF89a"), reader(gif.DecodeConfig, gif.Decode, nil)},
	{"WebP", isWebP, reader(webp.DecodeConfig, webp.Decode, webpOrientation)},
	{"TIFF", startsWith("II*\x00", "MM\x00*"), reader(tiff.DecodeConfig, tiff.Decode, exifOrientation)},
	{"BMP", isBMP, reader(bmp.DecodeConfig, bmp.Decode, nil)},
	{"PNM", isPNM, reader(decodePNMConfig, decodePNM, nil)},
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

// reader makes a format's read from functions of the kind that decoders for
// the standard library's image package have.
func reader(
	config func(io.Reader) (image.Config, error),
	decode func(io.Reader) (image.Image, error),
	turn func(data []byte) orientation,
) func(*Decoder, []byte, Preprocessing) (picture, error) {
	return func(d *Decoder, data []byte, p Preprocessing) (picture, error) {
		header, err := config(bytes.NewReader(data))
		if err != nil {
			return picture{}, err
		}
		if err := d.Limits.check(header.Width, header.Height); err != nil {
			return picture{}, err
		}
		img, err := decode(bytes.NewReader(data))
		if err != nil {
			return picture{}, err
		}
		if err := d.Limits.check(img.Bounds().Dx(), img.Bounds().Dy()); err != nil {
			return picture{}, err
		}
		pic := newPicture(img)
		if turn != nil {
			pic.turn = turn(data)
		}
		return pic, nil
	}
}
