package imageio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/baseline"
)

// tiffPicture is how a TIFF file lays its first picture out: in blocks, which
// are strips or tiles, each holding all samples of a pixel, or one of them.
type tiffPicture struct {
	tiffDirectory
	width, height           int
	bits, samples           int // bits of a sample, samples of a pixel
	photometric             int
	compression             int
	perBlock                int // samples of a pixel in one block
	blockWidth, blockHeight int
	offsets, sizes          tiffTag
	alpha                   int // sample that holds it, 0 for none
	premultiplied           bool
	channels                [][]uint8 // the samples of use, as 0–255 or an index
	jpeg                    baseline.Decoder
	buffer                  []byte // a block's data, rewritten
}

const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
	tiffYCbCr       = 6
)

// planTIFF decodes the first picture of a TIFF file. Of golang.org/x/image it
// uses the decompressors; the decoder there takes files with separate planes
// for ones without, and knows neither 4 bits nor CMYK.
func (d *Decoder) planTIFF(data []byte, _ Preprocessing) (plan, error) {
	directory, err := readTIFFDirectory(data)
	if err != nil {
		return plan{}, err
	}
	t := tiffPicture{tiffDirectory: directory}
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
	turn := orientation(t.number(tiffOrientation, int(upright)))
	return plan{memory: t.memory(), turn: turn, decode: func(ctx context.Context) (picture, error) {
		if err := t.decodeBlocks(ctx); err != nil {
			return picture{}, err
		}
		return t.colour(ctx)
	}}, nil
}

// memory is what the channels, the planes and a block take, and the garbage of
// decompressors, of which Go collects at least what exceeds the memory in use.
func (t *tiffPicture) memory() int64 {
	const planes, decompressor = 3, 48 << 10
	inUse := perPixel(t.width, t.height, float64(len(t.channels)+planes)) + int64(t.rowBytes()) + 2*int64(len(t.data))
	if t.compression == tiffJPEG {
		inUse += perPixel(roundUp(t.blockWidth, 32), roundUp(t.blockHeight, 32), float64(t.perBlock))
	}
	return inUse + min(int64(t.blocks())*decompressor, inUse)
}

func (t *tiffPicture) layOut() error {
	t.bits, t.samples = t.number(tiffBits, 1), t.number(tiffSamples, 1)
	for i := range t.count(tiffBits) {
		if t.numberAt(tiffBits, i) != t.bits {
			return errors.New("samples of different sizes are not supported")
		}
	}
	if t.bits != 1 && t.bits != 2 && t.bits != 4 && t.bits != 8 && t.bits != 12 && t.bits != 16 && t.bits != 32 {
		return fmt.Errorf("samples of %d bits are not supported", t.bits)
	}
	if t.number(tiffFormat, 1) != 1 {
		return errors.New("samples other than unsigned integers are not supported")
	}
	t.photometric = t.number(tiffPhotometric, tiffWhiteIsZero)
	colours, ok := map[int]int{
		tiffWhiteIsZero: 1, tiffBlackIsZero: 1, tiffRGB: 3, tiffPalette: 1, tiffCMYK: 4, tiffYCbCr: 3,
	}[t.photometric]
	if !ok {
		return fmt.Errorf("colour model %d is not supported", t.photometric)
	}
	if t.samples < colours || t.samples > 16 {
		return fmt.Errorf("%d samples per pixel do not fit the colour model", t.samples)
	}
	t.channels = make([][]uint8, colours)
	if extra := t.number(tiffExtra, 0); t.samples > colours && (extra == 1 || extra == 2) {
		t.alpha, t.premultiplied = colours, extra == 1
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
	const longestRow = 64 << 20
	if t.rowBytes() > longestRow {
		return fmt.Errorf("rows of %d bytes are not supported", t.rowBytes())
	}
	return nil
}

// rowBytes is the size of a block's row.
func (t *tiffPicture) rowBytes() int { return (t.blockWidth*t.perBlock*t.bits + 7) / 8 }

// colour makes the channels into a picture.
func (t *tiffPicture) colour(ctx context.Context) (picture, error) {
	pic := whitePicture(t.width, t.height)
	var rows rowReader
	switch t.photometric {
	case tiffWhiteIsZero:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return 255 - s[0], 255 - s[0], 255 - s[0] })
	case tiffBlackIsZero:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return s[0], s[0], s[0] })
	case tiffRGB:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return s[0], s[1], s[2] })
	case tiffYCbCr:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return color.YCbCrToRGB(s[0], s[1], s[2]) })
	case tiffCMYK:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return color.CMYKToRGB(s[0], s[1], s[2], s[3]) })
	case tiffPalette:
		palette, err := t.palette()
		if err != nil {
			return picture{}, err
		}
		rows = t.rows(func(s []uint8) (r, g, b uint8) { c := palette[s[0]]; return c[0], c[1], c[2] })
	}
	return pic, pic.fill(ctx, image.Rect(0, 0, t.width, t.height), rows)
}

func (t *tiffPicture) rows(convert func(samples []uint8) (r, g, b uint8)) rowReader {
	return func(y int, red, green, blue []uint8) {
		samples := make([]uint8, len(t.channels))
		for x := range red {
			for i, channel := range t.channels {
				samples[i] = channel[y*t.width+x]
			}
			r, g, b := convert(samples)
			switch {
			case t.alpha == 0:
			case t.premultiplied:
				veil := 255 - samples[t.alpha]
				r, g, b = addWhite(r, veil), addWhite(g, veil), addWhite(b, veil)
			default:
				r, g, b = overWhite(r, g, b, samples[t.alpha])
			}
			red[x], green[x], blue[x] = r, g, b
		}
	}
}

// palette reads the colour map: all reds, all greens, all blues, of 16 bits.
// Some writers leave the lower half zero, so only the upper can be relied on.
func (t *tiffPicture) palette() (palette [256][3]uint8, err error) {
	colours := t.count(tiffColourMap) / 3
	if t.bits > 8 || colours < 1<<t.bits {
		return palette, errors.New("palette is missing or too short")
	}
	for i := range min(colours, 256) {
		for channel := range 3 {
			palette[i][channel] = uint8(t.numberAt(tiffColourMap, channel*colours+i) >> 8)
		}
	}
	return palette, nil
}
