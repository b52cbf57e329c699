// Package jpeg decodes Huffman-coded JPEG files, sequential ones, which is
// what cameras write, and progressive ones, into their planes, and at a half, a
// quarter or an eighth of their size where that is asked for.
//
// It exists because entropy decoding is most of the cost of a camera's photo,
// the reduced sizes have to be free of aliases for a resize to start from
// them, and each component may be sampled in its own way. Arithmetic and
// lossless coding and other precisions are errors.
//
// Damaged data is decoded as libjpeg does, unless more than a tenth of a scan is
// lost; a file that ends too early is an error.
package jpeg

import (
	"context"
	"image"
	"io"
)

// ErrTruncated says that the data ends before the picture does.
var ErrTruncated = io.ErrUnexpectedEOF

// Picture is a decoded file: the planes of one, three or four components.
type Picture struct {
	Width, Height int // of the file, not of what is decoded
	Planes        []Plane
}

// Plane is one component's samples. They are the Decoder's and change with
// its next use.
type Plane struct {
	Samples       []uint8
	Stride        int
	Width, Height int // samples that are the picture's
	Across, Down  int // pixels of the picture, as decoded, that a sample covers
}

// Options select what is decoded.
type Options struct {
	// Shrink decodes to 1/Shrink of the size: 1, 2, 4 or 8. Blocks then keep their
	// lowest frequencies, at an eighth only their means.
	Shrink int

	// Keep is the part of the file's picture, in its full-size pixels, whose
	// samples are needed. Other samples are arbitrary.
	Keep image.Rectangle

	// Overview, unless 0, decodes all of the first component a second time, to
	// 1/Overview of its size.
	Overview int

	// KeepTables has a file that lacks tables use those of the one decoded before it,
	// as the blocks of a TIFF file do.
	KeepTables bool

	// Scan is asked before each scan, with how many there are up to it; its error ends
	// the decoding. The zero value allows all.
	Scan func(scans int) error
}

// Decoder decodes one file after another in the same memory. The zero value
// works. It is not for concurrent use.
type Decoder struct {
	width      int
	height     int
	maxH, maxV int // the largest sampling factors
	restart    int // coded units between restart markers, 0 for none
	components []component
	quant      [4][64]int32 // in the order of the file
	dc, ac     [4]huffman

	progressive bool
	known       [3]uint8 // which of quant, dc and ac have been defined
	entropy     []byte
	block       block
	copied      block // what transforming destroys is transformed twice
}

// component is one of a frame's, and the samples decoded of it.
type component struct {
	name          byte
	h, v          int // sampling factors
	quant         uint8
	columns, rows int             // blocks, padded to whole coded units
	width, height int             // samples of the full-size component
	keep          image.Rectangle // blocks
	dc, ac        uint8
	predictor     int32
	done          bool
	factors       [64]int32 // the quantisation as it was at the first scan, in the order of the file
	coefficients  []int16   // of a progressive file, block by block in the order of the file
	decoded       samples
	overview      samples // of the first component only
}

// samples are those of a component at one size.
type samples struct {
	side int // of a block; 0 if they are not wanted
	of   []uint8
}

// Decode decodes a file. The samples of the result are overwritten by the
// next call. When ctx is done it stops within a row of blocks and returns ctx's
// error.
func (d *Decoder) Decode(ctx context.Context, data []byte, o Options) (Picture, error) {
	if err := d.readSegments(ctx, data, o); err != nil {
		return Picture{}, err
	}
	if d.progressive {
		if err := d.transformAll(ctx); err != nil {
			return Picture{}, err
		}
	}
	pic := Picture{Width: d.width, Height: d.height, Planes: make([]Plane, len(d.components))}
	for i := range d.components {
		pic.Planes[i] = d.plane(&d.components[i], d.components[i].decoded, o.Shrink)
	}
	return pic, nil
}

// Overview returns a picture of the first component of the file that was decoded
// last, whose Options asked for an Overview of 1/shrink.
func (d *Decoder) Overview(shrink int) Picture {
	pic := Picture{Width: d.width, Height: d.height}
	if len(d.components) > 0 {
		pic.Planes = []Plane{d.plane(&d.components[0], d.components[0].overview, shrink)}
	}
	return pic
}

// DropLarge gives memory back that only large or progressive files need. Pictures that Decode
// has returned stay as they are.
func (d *Decoder) DropLarge() {
	components := d.components[:cap(d.components)]
	for i := range components {
		for _, s := range []*samples{&components[i].decoded, &components[i].overview} {
			if cap(s.of) > mostKept {
				s.of = nil
			}
		}
		components[i].coefficients = nil
	}
	if cap(d.entropy) > mostKept {
		d.entropy = nil
	}
}

// plane is what was decoded of a component to 1/shrink of the size.
func (d *Decoder) plane(c *component, s samples, shrink int) Plane {
	reduced := 8 / s.side
	return Plane{
		Samples: s.of,
		Stride:  c.columns * s.side,
		Width:   (c.width + reduced - 1) / reduced,
		Height:  (c.height + reduced - 1) / reduced,
		Across:  d.maxH / c.h * reduced / shrink,
		Down:    d.maxV / c.v * reduced / shrink,
	}
}
