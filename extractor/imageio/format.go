package imageio

import (
	"bytes"
	"context"
	"errors"
)

// format is one kind of image file: how to recognise it, and how to decode it.
// plan reads the header, checks the size it claims against the limits, and takes
// no memory for pixels yet.
type format struct {
	name string
	is   func(data []byte) bool
	plan func(d *Decoder, data []byte, p Preprocessing) (plan, error)
}

// plan is how to decode an image whose header has been read.
type plan struct {
	memory   int64 // bytes that decoding takes at most, garbage included
	decode   func(ctx context.Context) (picture, error)
	overview func(ctx context.Context) (picture, error) // for a thumbnail, of what was decoded; nil if that is made of the picture
	turn     orientation
}

// perPixel is the memory of a picture with so many bytes for each pixel, and
// what a decoder takes besides, which does not grow with the picture.
func perPixel(width, height int, bytes float64) int64 {
	const besides = 1 << 20
	return int64(bytes*float64(width)*float64(height)) + besides
}

var formats = []format{
	{"JPEG", startsWith("\xff\xd8\xff"), (*Decoder).planJPEG},
	{"PNG", startsWith("\x89PNG\r\n\x1a\n"), (*Decoder).planPNG},
	{"GIF", startsWith("GIF87a", "GIF89a"), (*Decoder).planGIF},
	{"WebP", isWebP, (*Decoder).planWebP},
	{"AVIF", isAVIF, (*Decoder).planAVIF},
	{"HEIC", isHEIC, (*Decoder).planHEIC},
	{"TIFF", startsWith("II*\x00", "MM\x00*", "II+\x00", "MM\x00+"), (*Decoder).planTIFF},
	{"BMP", isBMP, (*Decoder).planBMP},
	{"PNM", isPNM, (*Decoder).planPNM},
	{"DIB", isDIB, (*Decoder).planDIB},
	{"CR3", hasBrand("crx "), (*Decoder).planCR3},
	{"RAF", startsWith("FUJIFILMCCD-RAW"), (*Decoder).planRAF},
	{"RW2", startsWith("IIU\x00"), (*Decoder).planRW2},

	// Known by name and not decoded: a photo in one of them is unreadable for a reason,
	// and not a file that is no image.
	{"JPEG XL", startsWith("\xff\x0a", "\x00\x00\x00\x0cJXL \r\n\x87\n"), refuse("the format is not supported, convert it to JPEG or PNG")},
	{"JPEG 2000", startsWith("\x00\x00\x00\x0cjP  \r\n\x87\n", "\xff\x4f\xff\x51"), refuse("the format is not supported, convert it to JPEG or PNG")},
	{"PSD", startsWith("8BPS\x00"), refuse("the format is not supported, convert it to JPEG or PNG")},
	{"ORF", startsWith("IIRO", "IIRS", "MMOR"), refuse("camera raw (ORF) is not supported: convert to JPEG")},
}

func refuse(reason string) func(*Decoder, []byte, Preprocessing) (plan, error) {
	return func(*Decoder, []byte, Preprocessing) (plan, error) { return plan{}, errors.New(reason) }
}

// Format returns the name of the image format that data begins with, or "" if the
// format is not known.
func Format(data []byte) string {
	if f := sniff(data); f != nil {
		return f.name
	}
	return ""
}

// sniff returns the format of an image by its first bytes, or nil.
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
