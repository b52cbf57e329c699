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
	text := err.Error()
	// Not all decoders wrap what they report.
	if errors.Is(err, io.EOF) || strings.HasSuffix(text, io.ErrUnexpectedEOF.Error()) {
		return errTooShort
	}
	for _, prefix := range []string{
		"jpeg: ", "png: ", "gif: ", "webp: ", "vp8: ", "vp8l: ", "riff: ",
		"invalid format: ", "unsupported feature: ", "invalid JPEG format: ", "unsupported JPEG feature: ",
	} {
		text = strings.TrimPrefix(text, prefix)
	}
	return errors.New(text)
}
