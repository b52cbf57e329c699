package imageio

import (
	"errors"
	"io"
	"strings"
)

// reason is a decoder's error without the decoder's name, which the format's
// name already says.
func reason(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "unexpected end of data"
	}
	text := err.Error()
	for _, prefix := range []string{
		"jpeg: ", "png: ", "gif: ", "bmp: ", "tiff: ", "webp: ", "vp8: ", "vp8l: ", "riff: ",
		"invalid format: ", "unsupported feature: unsupported ", "unsupported feature: ",
	} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}
