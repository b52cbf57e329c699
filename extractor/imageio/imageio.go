// Package imageio turns the bytes of an image file into the tensor a backbone
// takes.
//
// A [Decoder] tells the format by content, checks the size the header claims
// before taking memory for it, decodes, applies the orientation a camera
// recorded, lays transparent pixels over white, and then resizes, crops and
// normalises in one pass that computes only the pixels that are kept:
//
//	var d imageio.Decoder
//	tensor := make([]float32, p.Len())
//	err := d.Tensor(tensor, data, p)
//
// What is computed is torchvision's classic recipe (resize the shorter side,
// crop the centre, normalise) with Pillow's antialiased filters, in floating
// point from decoded pixel to tensor.
package imageio

import (
	"errors"
	"fmt"
)

// Version is the revision of the pixels this package makes. It is raised
// whenever the same file and [Preprocessing] give other numbers than before,
// so that embeddings made from the old ones are not taken for new; likewise
// when files are decoded that were not before, since a store remembers those.
const Version = 2

// ErrNotImage says that the content is of no image format known here.
var ErrNotImage = errors.New("not an image")

// DefaultMaxPixels is the limit that a zero Limits.MaxPixels stands for.
const DefaultMaxPixels = 100_000_000

// Limits bounds what one image may cost.
type Limits struct {
	// MaxPixels is the largest width × height that is decoded; zero means
	// DefaultMaxPixels. It is held against the header, before memory is taken: up
	// to 11 bytes for a pixel, and some 30 for one of an AVIF file.
	MaxPixels int64
}

// check returns an error a person understands when an image of the given size
// is not to be decoded.
func (l Limits) check(width, height int) error {
	if width <= 0 || height <= 0 {
		return fmt.Errorf("%dx%d pixels hold no picture", width, height)
	}
	limit := l.MaxPixels
	if limit == 0 {
		limit = DefaultMaxPixels
	}
	if int64(width) > limit/int64(height) {
		return &limitError{width, height, limit}
	}
	return nil
}

// ErrOverLimit is matched by the errors about images that [Limits] refuses:
// they say something of the limits, not of the image.
var ErrOverLimit = errors.New("over the limit")

// limitError says that an image is over the limit.
type limitError struct {
	width, height int
	limit         int64
}

func (e *limitError) Is(target error) bool { return target == ErrOverLimit }

func (e *limitError) Error() string {
	limit, unit := e.limit, "pixels"
	if limit%1_000_000 == 0 {
		limit, unit = limit/1_000_000, "megapixels"
	}
	return fmt.Sprintf("%dx%d pixels are over the limit of %d %s", e.width, e.height, limit, unit)
}
