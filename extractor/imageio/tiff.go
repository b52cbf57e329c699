package imageio

import (
	"context"
	"errors"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/jpeg"
)

// tiffPicture is how a TIFF file lays its first picture out: in blocks, which
// are strips or tiles, each holding all samples of a pixel, or one of them.
type tiffPicture struct {
	tiffDirectory
	limits                  Limits
	width, height           int
	bits, samples           int // bits of a sample, samples of a pixel
	format                  int // of samples: whole numbers, signed ones or floating point
	photometric             int
	compression             int
	perBlock                int // samples of a pixel in one block
	blockWidth, blockHeight int
	offsets, sizes          tiffTag
	alpha                   int // sample that holds it, 0 for none
	premultiplied           bool
	alphaAssumed            bool // the file does not say what the sample is
	across, down            int  // pixels that share their chroma
	white                   *tiffWhite
	channels                [][]uint8 // the samples of use, as 0–255 or an index
	jpeg                    jpeg.Decoder
	buffer                  []byte // a block's data, rewritten
	bytes                   []byte // a row's, in the order of the prediction
	carried                 []byte // tables of the JPEG blocks before
	progressive             bool   // JPEG blocks may need memory for coefficients
}

const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
	tiffYCbCr       = 6
	tiffLab         = 8 // a and b signed
	tiffICCLab      = 9 // a and b from -128
	tiffRawSamples  = 32803
	tiffLinearRaw   = 34892

	tiffUnsigned  = 1
	tiffSigned    = 2
	tiffFloat     = 3
	tiffUndefined = 4
)

// planTIFF decodes the first picture of a TIFF file, or the preview in a camera's
// raw file. golang.org/x/image's decoder takes files with separate planes for ones
// without, and knows neither other samples and colours nor most codings.
func (d *Decoder) planTIFF(data []byte, p Preprocessing) (plan, error) {
	directory, err := readTIFFDirectory(data)
	if err != nil {
		return plan{}, err
	}
	if kind, directories := cameraRaw(directory); kind != "" {
		return d.planRawTIFF(kind, directories, p)
	}
	t := tiffPicture{tiffDirectory: directory, limits: d.Limits}
	t.width, t.height = t.number(tiffWidth, 0), t.number(tiffHeight, 0)
	if err := d.Limits.check(t.width, t.height); err != nil {
		return plan{}, err
	}
	if err := t.layOut(); err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(t.blockWidth, t.blockHeight); err != nil {
		return plan{}, err
	}
	return plan{memory: t.memory(), turn: t.turn(), decode: func(ctx context.Context) (picture, error) {
		if t.measuresWhite() {
			t.white = &tiffWhite{}
			if err := t.decodeBlocks(ctx); err != nil {
				return picture{}, err
			}
			if err := t.white.choose(&t); err != nil {
				return picture{}, err
			}
		}
		if err := t.decodeBlocks(ctx); err != nil {
			return picture{}, err
		}
		return t.colour(ctx)
	}}, nil
}

func (t *tiffPicture) turn() orientation {
	if t.count(tiffOrientation) == 0 {
		return max(xmpOrientation(t.tags[tiffXMP].bytes), upright)
	}
	return orientation(t.number(tiffOrientation, 0))
}

// memory is what the channels, the planes and a block take, and the garbage of
// decompressors, of which Go collects at least what exceeds the memory in use.
func (t *tiffPicture) memory() int64 {
	const planes, decompressor = 3, 48 << 10
	inUse := perPixel(t.width, t.height, float64(len(t.channels)+planes)) + 2*int64(t.rowBytes()) + 2*int64(len(t.data))
	switch t.compression {
	case tiffJPEG, tiffOldJPEGCoding:
		perSample := 1
		if t.progressive {
			perSample += jpegCoefficient
		}
		inUse += perPixel(roundUp(t.blockWidth, 32), roundUp(t.blockHeight, 32), float64(t.perBlock*perSample))
	case tiffHuffman, tiffHuffmanWord, tiffGroup3, tiffGroup4:
		// Where two rows change colour, in slices that grow: at most at each pixel, and
		// for runs of none.
		const changes = 24
		inUse += changes * min(int64(t.blockWidth)+int64(len(t.data)), 8*int64(len(t.data)))
	}
	passes := int64(1)
	if t.measuresWhite() {
		passes = 2
	}
	return inUse + min(passes*int64(t.blocks())*decompressor, inUse)
}

func (t *tiffPicture) layOut() error {
	t.bits, t.samples = t.number(tiffBits, 1), t.number(tiffSamples, 1)
	for i := range t.count(tiffBits) {
		if t.numberAt(tiffBits, i) != t.bits {
			return errors.New("samples of different sizes are not supported")
		}
	}
	t.format = t.number(tiffFormat, tiffUnsigned)
	switch {
	case t.format == tiffFloat && (t.bits == 16 || t.bits == 32 || t.bits == 64):
	case t.format == tiffSigned && (t.bits == 8 || t.bits == 16 || t.bits == 32):
	case (t.format == tiffUnsigned || t.format == tiffUndefined) && (t.bits >= 1 && t.bits <= 16 || t.bits == 24 || t.bits == 32):
	case t.format < tiffUnsigned || t.format > tiffUndefined:
		return fmt.Errorf("complex samples (format %d) are not supported", t.format)
	default:
		return fmt.Errorf("samples of %d bits are not supported", t.bits)
	}
	t.photometric = t.number(tiffPhotometric, tiffWhiteIsZero)
	colours, ok := map[int]int{
		tiffWhiteIsZero: 1, tiffBlackIsZero: 1, tiffRGB: 3, tiffPalette: 1, tiffCMYK: 4, tiffYCbCr: 3,
		tiffLab: 3, tiffICCLab: 3,
	}[t.photometric]
	if !ok {
		return fmt.Errorf("colour model %d is not supported", t.photometric)
	}
	if t.samples < colours || t.samples > 16 {
		return fmt.Errorf("%d samples per pixel do not fit the colour model", t.samples)
	}
	switch t.photometric {
	case tiffPalette:
		if t.bits > 8 {
			return fmt.Errorf("palettes for %d bits are not supported", t.bits)
		}
	case tiffLab, tiffICCLab:
		if t.format == tiffFloat {
			return errors.New("floating-point L*a*b* is not supported")
		}
		t.format = tiffUnsigned // L is, whatever the file says of all three
	}
	t.channels = make([][]uint8, colours)
	if extra := t.number(tiffExtra, 0); t.samples > colours && (extra == 1 || extra == 2) {
		t.alpha, t.premultiplied = colours, extra == 1
		t.channels = make([][]uint8, colours+1)
	} else if colourless := extra == 0 && t.count(tiffExtra) == 0; t.photometric == tiffRGB && t.samples == 4 && colourless || extra > 2 {
		t.alpha, t.alphaAssumed = colours, true // as in Pillow
		t.channels = make([][]uint8, colours+1)
	}
	t.compression = t.number(tiffCompression, tiffUncompressed)
	t.perBlock = t.samples
	if t.number(tiffPlanar, 1) == 2 {
		t.perBlock = 1
	}
	t.offsets, t.sizes = tiffStrips, tiffStripSizes
	t.blockWidth, t.blockHeight = t.width, min(t.number(tiffStripRows, t.height), t.height)
	if t.number(tiffTileWidth, 0) > 0 {
		t.offsets, t.sizes = tiffTiles, tiffTileSizes
		t.blockWidth, t.blockHeight = t.number(tiffTileWidth, 0), t.number(tiffTileHeight, 0)
	}
	if err := t.layOutCoding(); err != nil {
		return err
	}
	const longestRow = 64 << 20
	if t.rowBytes() > longestRow {
		return fmt.Errorf("rows of %d bytes are not supported", t.rowBytes())
	}
	return nil
}

// layOutCoding checks whether the coding fits the samples.
func (t *tiffPicture) layOutCoding() error {
	t.across, t.down = 1, 1
	lossy := t.compression == tiffJPEG || t.compression == tiffOldJPEGCoding
	if lossy {
		if t.format == tiffFloat || t.bits != 8 {
			return fmt.Errorf("JPEG of %d bits is not supported", t.bits)
		}
		return t.layOutJPEG()
	}
	switch t.compression {
	case tiffHuffman, tiffHuffmanWord, tiffGroup3, tiffGroup4:
		if t.bits != 1 || t.perBlock != 1 {
			return errors.New("coding of facsimile for other than black and white")
		}
	case tiffUncompressed, tiffLZW, tiffDeflate, tiffOldDeflate, tiffPackBits:
	default:
		return unsupportedTIFFCoding(t.compression)
	}
	if t.photometric != tiffYCbCr {
		return nil
	}
	t.across, t.down = 2, 2
	if t.count(tiffSubsampling) >= 2 {
		t.across, t.down = t.numberAt(tiffSubsampling, 0), t.numberAt(tiffSubsampling, 1)
	}
	if t.across == 1 && t.down == 1 {
		return nil
	}
	switch ok := func(n int) bool { return n == 1 || n == 2 || n == 4 }; {
	case !ok(t.across) || !ok(t.down):
		return fmt.Errorf("chroma of %dx%d pixels is not supported", t.across, t.down)
	case t.bits != 8 || t.samples != 3 || t.perBlock != 3:
		return errors.New("subsampled chroma in separate planes or of other than 8 bits is not supported")
	}
	return nil
}

// rowBytes is the size of a block's row, or of the rows that share their chroma.
func (t *tiffPicture) rowBytes() int {
	if t.across*t.down > 1 {
		return ceilDiv(t.blockWidth, t.across) * (t.across*t.down + 2)
	}
	return (t.blockWidth*t.perBlock*t.bits + 7) / 8
}
