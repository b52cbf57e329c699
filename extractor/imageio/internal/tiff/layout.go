package tiff

import (
	"errors"
	"fmt"
)

// layOut reads the tags, and checks whether they fit each other and the codings.
func (t *Picture) layOut() error {
	t.Bits, t.samples = t.Number(Bits, 1), t.Number(Samples, 1)
	for i := range t.Count(Bits) {
		if t.NumberAt(Bits, i) != t.Bits {
			return errors.New("samples of different sizes are not supported")
		}
	}
	t.format = t.Number(Format, Unsigned)
	switch {
	case t.format == Float && (t.Bits == 16 || t.Bits == 32 || t.Bits == 64):
	case t.format == Signed && (t.Bits == 8 || t.Bits == 16 || t.Bits == 32):
	case (t.format == Unsigned || t.format == Undefined) && (t.Bits >= 1 && t.Bits <= 16 || t.Bits == 24 || t.Bits == 32):
	case t.format < Unsigned || t.format > Undefined:
		return fmt.Errorf("complex samples (format %d) are not supported", t.format)
	default:
		return fmt.Errorf("samples of %d bits are not supported", t.Bits)
	}
	t.Photometric = t.Number(Photometric, WhiteIsZero)
	colours, ok := map[int]int{
		WhiteIsZero: 1, BlackIsZero: 1, RGB: 3, Palette: 1, CMYK: 4, YCbCr: 3,
		Lab: 3, ICCLab: 3,
	}[t.Photometric]
	if !ok {
		return fmt.Errorf("colour model %d is not supported", t.Photometric)
	}
	if t.samples < colours || t.samples > 16 {
		return fmt.Errorf("%d samples per pixel do not fit the colour model", t.samples)
	}
	switch t.Photometric {
	case Palette:
		if t.Bits > 8 {
			return fmt.Errorf("palettes for %d bits are not supported", t.Bits)
		}
	case Lab, ICCLab:
		if t.format == Float {
			return errors.New("floating-point L*a*b* is not supported")
		}
		t.format = Unsigned // L is, whatever the file says of all three
	}
	t.Channels = make([][]uint8, colours)
	if extra := t.Number(Extra, 0); t.samples > colours && (extra == 1 || extra == 2) {
		t.Alpha, t.Premultiplied = colours, extra == 1
		t.Channels = make([][]uint8, colours+1)
	} else if colourless := extra == 0 && t.Count(Extra) == 0; t.Photometric == RGB && t.samples == 4 && colourless || extra > 2 {
		t.Alpha, t.AlphaAssumed = colours, true // as in Pillow
		t.Channels = make([][]uint8, colours+1)
	}
	t.Compression = t.Number(Compression, Uncompressed)
	t.perBlock = t.samples
	if t.Number(Planar, 1) == 2 {
		t.perBlock = 1
	}
	t.offsets, t.sizes = Strips, StripSizes
	t.blockWidth, t.blockHeight = t.Width, min(t.Number(StripRows, t.Height), t.Height)
	if t.Number(TileWidth, 0) > 0 {
		t.offsets, t.sizes = Tiles, TileSizes
		t.blockWidth, t.blockHeight = t.Number(TileWidth, 0), t.Number(TileHeight, 0)
	}
	if err := t.limits.Size(t.blockWidth, t.blockHeight); err != nil {
		return err
	}
	if err := t.checkBlocks(); err != nil {
		return err
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

// checkBlocks checks whether the file lists all blocks. A picture of old-style JPEG is
// one, in as many parts as there are.
func (t *Picture) checkBlocks() error {
	needed, listed := t.blocks(), t.Count(t.offsets)
	if t.Compression == OldJPEGCoding {
		needed = listed
	}
	if sizes := t.Count(t.sizes); sizes > 0 {
		listed = min(listed, sizes)
	}
	if listed < needed {
		return fmt.Errorf("%d of %d blocks are listed", listed, needed)
	}
	return nil
}

// layOutCoding checks whether the coding fits the samples.
func (t *Picture) layOutCoding() error {
	t.across, t.down = 1, 1
	if t.Compression == JPEG || t.Compression == OldJPEGCoding {
		if t.format == Float || t.Bits != 8 {
			return fmt.Errorf("JPEG of %d bits is not supported", t.Bits)
		}
		return t.layOutJPEG()
	}
	switch t.Compression {
	case Huffman, HuffmanWord, Group3, Group4:
		if t.Bits != 1 || t.perBlock != 1 {
			return errors.New("CCITT compression needs 1-bit samples, one per pixel")
		}
	case Uncompressed, LZW, Deflate, OldDeflate, PackBits:
	default:
		return unsupportedCoding(t.Compression)
	}
	if err := t.layOutPrediction(); err != nil || t.Photometric != YCbCr {
		return err
	}
	t.across, t.down = 2, 2
	if t.Count(Subsampling) >= 2 {
		t.across, t.down = t.NumberAt(Subsampling, 0), t.NumberAt(Subsampling, 1)
	}
	if t.across == 1 && t.down == 1 {
		return nil
	}
	switch ok := func(n int) bool { return n == 1 || n == 2 || n == 4 }; {
	case !ok(t.across) || !ok(t.down):
		return fmt.Errorf("chroma of %dx%d pixels is not supported", t.across, t.down)
	case t.Bits != 8 || t.samples != 3 || t.perBlock != 3:
		return errors.New("subsampled chroma in separate planes or of other than 8 bits is not supported")
	}
	return nil
}

// layOutPrediction reads what samples were predicted from, which means something for
// LZW and deflate alone (TIFF 6.0, section 14, and Adobe's TIFF technical note 3).
func (t *Picture) layOutPrediction() error {
	switch t.Compression {
	case LZW, Deflate, OldDeflate:
		t.predictor = t.Number(Predictor, NoPrediction)
	default:
		t.predictor = NoPrediction
	}
	switch {
	case t.predictor == NoPrediction:
	case t.predictor == Differences && (t.Bits == 8 || t.Bits == 16 || t.Bits == 32):
	case t.predictor == FloatDifferences && t.format == Float:
	default:
		return fmt.Errorf("predictor %d for samples of %d bits is not supported", t.predictor, t.Bits)
	}
	return nil
}

// rowBytes is the size of a block's row, or of the rows that share their chroma.
func (t *Picture) rowBytes() int {
	if t.across*t.down > 1 {
		return ceilDiv(t.blockWidth, t.across) * (t.across*t.down + 2)
	}
	return (t.blockWidth*t.perBlock*t.Bits + 7) / 8
}
