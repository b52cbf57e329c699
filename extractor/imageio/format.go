package imageio

import "bytes"

// format is one kind of image file: how to know it, and how to read it. What
// reads also holds the size that the file claims against the limits, before it
// takes memory for it.
type format struct {
	name string
	is   func(data []byte) bool
	read func(d *Decoder, data []byte, p Preprocessing) (picture, error)
}

var formats = []format{
	{"JPEG", startsWith("\xff\xd8\xff"), (*Decoder).readJPEG},
	{"PNG", startsWith("\x89PNG\r\n\x1a\n"), (*Decoder).readPNG},
	{"GIF", startsWith("GIF87a", "GIF89a"), (*Decoder).readGIF},
	{"WebP", isWebP, (*Decoder).readWebP},
	{"AVIF", isAVIF, (*Decoder).readAVIF},
	{"HEIC", isHEIC, (*Decoder).readHEIC},
	{"TIFF", startsWith("II*\x00", "MM\x00*"), (*Decoder).readTIFF},
	{"BMP", isBMP, (*Decoder).readBMP},
	{"PNM", isPNM, (*Decoder).readPNM},
}

// Format returns the name of the image format that data begins like, "" if it
// is none that is known here.
func Format(data []byte) string {
	if f := sniff(data); f != nil {
		return f.name
	}
	return ""
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
