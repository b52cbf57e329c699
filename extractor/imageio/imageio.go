// Package imageio turns the bytes of an image file into the tensor a backbone
// takes.
//
// A [Decoder] detects the format by content, checks the size the header claims
// before taking memory for it, decodes, applies the orientation a camera
// recorded, lays transparent pixels over white, and then resizes, crops and
// normalises in one pass that computes only the pixels that are kept:
//
//	var d imageio.Decoder
//	tensor := make([]float32, p.Len())
//	err := d.Tensor(ctx, tensor, data, p)
//
// The preprocessing is torchvision's classic one (resize the shorter side,
// crop the centre, normalise) with Pillow's antialiased filters, in floating
// point from decoded pixel to tensor.
package imageio

import (
	"errors"
	"fmt"
)

// Version is the revision of the pixels this package makes. It is raised
// whenever the same file and [Preprocessing] give other numbers than before,
// so that embeddings of the old pixels are not used for the new; also when
// files are decoded that were refused before, since a store remembers those.
const Version = 4

// ErrNotImage says that the content is of no known image format.
var ErrNotImage = errors.New("not an image")

// DefaultMaxPixels is the limit that a zero Limits.MaxPixels stands for.
const DefaultMaxPixels = 100_000_000

// Limits bounds what one image may take.
type Limits struct {
	// MaxPixels is the largest width × height that is decoded; 0 means
	// DefaultMaxPixels. It is checked against the header, before memory is taken.
	// A progressive JPEG may hold scans over at most scansPerLimit times as many
	// pixels, counted once for each scan.
	MaxPixels int64
}

// scansPerLimit is how many scans an image of MaxPixels may have. Encoders write
// 10 to 14; smaller images may have more, since what counts is the time.
const scansPerLimit = 20

func (l Limits) pixels() int64 {
	if l.MaxPixels == 0 {
		return DefaultMaxPixels
	}
	return l.MaxPixels
}

// check returns an error where an image of the given size exceeds the limits.
func (l Limits) check(width, height int) error {
	if width <= 0 || height <= 0 {
		return fmt.Errorf("invalid size of %dx%d pixels", width, height)
	}
	if int64(width) > l.pixels()/int64(height) {
		return limitError{fmt.Sprintf("%dx%d pixels are over the limit of %s", width, height, inPixels(l.pixels())), ErrTooManyPixels}
	}
	return nil
}

// checkScans returns an error where so many scans over an image of the given
// size, which is within the limits, take too long.
func (l Limits) checkScans(scans, width, height int) error {
	limit := scansPerLimit * l.pixels()
	if int64(scans) > limit/(int64(width)*int64(height)) {
		return limitError{fmt.Sprintf("%d scans of %dx%d pixels are over the limit of %s", scans, width, height, inPixels(limit)), ErrTooManyPixels}
	}
	return nil
}

func inPixels(n int64) string {
	if n%1_000_000 == 0 {
		return fmt.Sprintf("%d megapixels", n/1_000_000)
	}
	return fmt.Sprintf("%d pixels", n)
}

// ErrOverLimit is matched by the errors about images that [Limits], a Decoder's
// Memory or its Time refuse: another limit may let them through.
var ErrOverLimit = errors.New("over the limit")

// Errors that match ErrOverLimit match one of these too, if it is the limit.
var (
	ErrTooManyPixels = errors.New("too many pixels") // Limits.MaxPixels
	ErrTooMuchMemory = errors.New("too much memory") // a Decoder's Memory
)

// limitError is an error that matches ErrOverLimit, and which if there is one.
type limitError struct {
	text  string
	which error
}

func (e limitError) Error() string { return e.text }

func (e limitError) Is(target error) bool {
	return target == ErrOverLimit || e.which != nil && target == e.which
}

func overLimit(text string) error { return limitError{text: text} }
