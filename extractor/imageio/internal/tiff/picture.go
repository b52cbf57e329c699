// Package tiff decodes the first picture of a TIFF file into channels of 8 bits, one
// for each sample of use: red, green and blue, or an index, or what else the file says.
// What colours they are is for others to know.
//
// It exists because golang.org/x/image's decoder takes files with separate planes for
// ones without, and knows neither other samples and colours nor most codings. The
// codings for facsimile and LZW serve other formats too.
//
// Directories and layouts are read in time proportional to them, and nothing is copied
// before Decode.
package tiff

import (
	"context"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

// Picture is how a TIFF file lays its first picture out: in blocks, which
// are strips or tiles, each holding all samples of a pixel, or one of them.
type Picture struct {
	Directory
	Width, Height int
	Photometric   int // the colour model
	Compression   int
	Bits          int       // of a sample
	Channels      [][]uint8 // the samples of use, as 0–255 or an index into a palette
	Alpha         int       // channel that holds it, 0 for none
	Premultiplied bool
	AlphaAssumed  bool // the file does not say what the sample is

	limits                  Limits
	samples                 int // of a pixel
	format                  int // of samples: whole numbers, signed ones or floating point
	predictor               int
	perBlock                int // samples of a pixel in one block
	blockWidth, blockHeight int
	offsets, sizes          Tag
	across, down            int // pixels that share their chroma
	white                   *white
	jpeg                    jpeg.Decoder
	buffer                  []byte // a block's data, rewritten
	bytes                   []byte // a row's, in the order of the prediction
	progressive             bool   // JPEG blocks may need memory for coefficients
}

// What numbers in a file stand for: colour models, kinds of samples, predictors.
const (
	WhiteIsZero = 0
	BlackIsZero = 1
	RGB         = 2
	Palette     = 3
	CMYK        = 5
	YCbCr       = 6
	Lab         = 8 // a and b signed
	ICCLab      = 9 // a and b from -128
	RawSamples  = 32803
	LinearRaw   = 34892

	Unsigned  = 1
	Signed    = 2
	Float     = 3
	Undefined = 4

	NoPrediction     = 1
	Differences      = 2
	FloatDifferences = 3
)

// Limits are asked before memory is taken: may a picture, or a block of one, have so
// many pixels, and a progressive JPEG block of so many pixels so many scans?
type Limits struct {
	Size  func(width, height int) error
	Scans func(scans, width, height int) error
}

// NewPicture reads how a directory's picture is laid out, and checks whether it can be
// decoded, and every count and size of it.
func NewPicture(directory Directory, limits Limits) (*Picture, error) {
	t := &Picture{Directory: directory, limits: limits}
	t.Width, t.Height = t.Number(Width, 0), t.Number(Height, 0)
	if err := limits.Size(t.Width, t.Height); err != nil {
		return nil, err
	}
	return t, t.layOut()
}

// Decode fills the channels.
func (t *Picture) Decode(ctx context.Context) error {
	if t.measuresWhite() {
		t.white = &white{}
		if err := t.decodeBlocks(ctx); err != nil {
			return err
		}
		if err := t.white.choose(t); err != nil {
			return err
		}
	}
	return t.decodeBlocks(ctx)
}

// Memory is what the channels and a block take, and the garbage of decompressors, of
// which Go collects at least what exceeds the memory in use.
func (t *Picture) Memory() int64 {
	const besides, decompressor = 1 << 20, 48 << 10
	inUse := besides + int64(len(t.Channels))*int64(t.Width)*int64(t.Height) + 2*int64(t.rowBytes()) + 2*int64(len(t.Data))
	switch t.Compression {
	case JPEG, OldJPEGCoding:
		perSample := 1
		if t.progressive {
			perSample += jpeg.Coefficient
		}
		const padded = 32 // to coded units
		across, down := ceilDiv(t.blockWidth, padded)*padded, ceilDiv(t.blockHeight, padded)*padded
		inUse += besides + int64(across)*int64(down)*int64(t.perBlock*perSample)
	case Huffman, HuffmanWord, Group3, Group4:
		// Where two rows change colour, in slices that grow: at most at each pixel, and
		// for runs of none.
		const changes = 24
		inUse += changes * min(int64(t.blockWidth)+int64(len(t.Data)), 8*int64(len(t.Data)))
	}
	passes := int64(1)
	if t.measuresWhite() {
		passes = 2
	}
	return inUse + min(passes*int64(t.blocks())*decompressor, inUse)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
