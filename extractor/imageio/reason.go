package imageio

import (
	"errors"
	"io"
	"strings"
)

var errTooShort = errors.New("unexpected end of data")

// explained is a decoder's error in words that need no knowledge of the
// decoder, whose name the format's already says.
func explained(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errTooShort
	}
	text := err.Error()
	for _, prefix := range []string{
		"jpeg: ", "png: ", "gif: ", "bmp: ", "tiff: ", "webp: ", "vp8: ", "vp8l: ", "riff: ",
		"invalid format: ", "unsupported feature: ",
	} {
		text = strings.TrimPrefix(text, prefix)
	}
	return errors.New(text)
}
