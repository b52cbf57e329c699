package tiff

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"math/bits"
)

const (
	Uncompressed  = 1
	Huffman       = 2
	Group3        = 3
	Group4        = 4
	LZW           = 5
	OldJPEGCoding = 6
	JPEG          = 7
	Deflate       = 8
	HuffmanWord   = 32771
	OldDeflate    = 32946
	PackBits      = 32773
)

// unsupportedCoding names the codings that are met and not decoded.
func unsupportedCoding(number int) error {
	name, ok := map[int]string{
		9: "JBIG", 10: "JBIG", 32766: "NeXT", 32809: "ThunderScan", 33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000",
		34661: "JBIG", 34676: "SGI LogLuv", 34677: "SGI LogLuv", 34712: "JPEG 2000", 34887: "LERC", 34892: "lossy JPEG of raw samples",
		34925: "LZMA", 34926: "Zstandard", 34927: "WebP", 34933: "PNG", 34934: "JPEG XR", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
	}[number]
	if !ok {
		return fmt.Errorf("compression %d is not supported", number)
	}
	return fmt.Errorf("%s compression is not supported", name)
}

// decodeBlocks fills the channels from the file's blocks.
func (t *Picture) decodeBlocks(ctx context.Context) error {
	across, down, planes := t.grid()
	if t.Compression == OldJPEGCoding {
		return t.decodeOldJPEG(ctx)
	}
	t.takeChannels()
	number := 0
	for plane := range planes {
		for y := range down {
			for x := range across {
				b := block{Picture: t, x: x * t.blockWidth, y: y * t.blockHeight, plane: plane}
				if err := b.decode(ctx, t.block(number)); err != nil {
					return err
				}
				number++
			}
		}
	}
	return nil
}

// takeChannels takes memory for the samples, unless only white is being looked for.
func (t *Picture) takeChannels() {
	if t.white != nil && t.white.level == 0 {
		return
	}
	for i := range t.Channels {
		t.Channels[i] = make([]uint8, t.Width*t.Height)
	}
}

// grid is how many blocks there are along each side, and for how many planes.
func (t *Picture) grid() (across, down, planes int) {
	return ceilDiv(t.Width, t.blockWidth), ceilDiv(t.Height, t.blockHeight), t.samples / t.perBlock
}

func (t *Picture) blocks() int {
	across, down, planes := t.grid()
	return across * down * planes
}

// block is the data of a block, clipped to the file; to its end where the file does
// not say how much there is.
func (t *Picture) block(number int) []byte {
	data := t.Data[min(t.NumberAt(t.offsets, number), len(t.Data)):]
	if t.Count(t.sizes) == 0 {
		return data
	}
	return data[:min(t.NumberAt(t.sizes, number), len(data))]
}

// block is a block at a place in the picture. It holds one plane's sample of
// each pixel, or all of them.
type block struct {
	*Picture
	x, y, plane int
}

func (b *block) decode(ctx context.Context, data []byte) error {
	if b.Compression == JPEG {
		return b.decodeJPEG(ctx, data)
	}
	rows := min(b.blockHeight, b.Height-b.y)
	if b.offsets == Tiles {
		rows = b.blockHeight // tiles are padded
	}
	if b.Number(FillOrder, 1) == 2 {
		data = b.withBitsReversed(data)
	}
	packed, err := b.decompressor(data, rows)
	if err != nil {
		return err
	}
	line := make([]byte, b.rowBytes())
	for row := 0; row < rows; row += b.down {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.ReadFull(packed, line); err != nil {
			return err
		}
		switch b.predictor {
		case Differences:
			b.undoPrediction(line)
		case FloatDifferences:
			b.undoFloatPrediction(line)
		}
		switch {
		case b.across*b.down > 1:
			b.unpackUnits(line, row)
		case b.y+row < b.Height:
			b.unpack(line, row)
		}
	}
	return nil
}

// unpackUnits takes the samples out of rows that share their chroma: for each unit
// of pixels, luma of all and one Cb and Cr (TIFF 6.0, section 21).
func (b *block) unpackUnits(line []byte, row int) {
	unit := b.across*b.down + 2
	for y := range min(b.down, b.Height-b.y-row) {
		luma, cb, cr := b.out(0, row+y, b.blockWidth), b.out(1, row+y, b.blockWidth), b.out(2, row+y, b.blockWidth)
		for x := range luma {
			samples := line[x/b.across*unit:][:unit]
			luma[x] = samples[y*b.across+x%b.across]
			cb[x], cr[x] = samples[unit-2], samples[unit-1]
		}
	}
}

func (t *Picture) withBitsReversed(data []byte) []byte {
	t.buffer = append(t.buffer[:0], data...)
	for i, b := range t.buffer {
		t.buffer[i] = bits.Reverse8(b)
	}
	return t.buffer
}

// decompressor reads the rows that data holds.
func (b *block) decompressor(data []byte, rows int) (io.Reader, error) {
	r := bytes.NewReader(data)
	switch b.Compression {
	case Uncompressed:
		return r, nil
	case LZW:
		const inTIFF, early = 8, 1
		if len(data) >= 2 && data[0] == 0 && data[1]&1 == 1 { // as before 1991; libtiff looks for the same
			return NewLZWReader(data, true, 0, inTIFF), nil
		}
		return NewLZWReader(data, false, early, inTIFF), nil
	case Deflate, OldDeflate:
		return zlib.NewReader(r)
	case PackBits:
		return &packBits{data: data}, nil
	}
	kind := map[int]FaxKind{Huffman: FaxHuffman, HuffmanWord: FaxHuffmanWord, Group3: FaxGroup3, Group4: FaxGroup4}[b.Compression]
	if b.Compression == Group3 && b.Number(FaxOptions, 0)&1 == 1 {
		kind = FaxGroup3Mixed
	}
	// Runs of white are zeros for either photometric interpretation, as in libtiff.
	return NewFaxReader(data, kind, b.blockWidth, rows), nil
}

// undoPrediction adds up differences to the pixel before.
func (b *block) undoPrediction(line []byte) {
	switch b.Bits {
	case 8:
		for i := b.perBlock; i < len(line); i++ {
			line[i] += line[i-b.perBlock]
		}
	case 16:
		for i := 2 * b.perBlock; i+1 < len(line); i += 2 {
			b.order.PutUint16(line[i:], b.order.Uint16(line[i:])+b.order.Uint16(line[i-2*b.perBlock:]))
		}
	case 32:
		for i := 4 * b.perBlock; i+3 < len(line); i += 4 {
			b.order.PutUint32(line[i:], b.order.Uint32(line[i:])+b.order.Uint32(line[i-4*b.perBlock:]))
		}
	}
}

// out is where the picture has a row of the block's channel, clipped to the
// picture; nil for a channel that is not used.
func (b *block) out(channel, row, width int) []uint8 {
	if b.plane+channel >= len(b.Channels) {
		return nil
	}
	at := (b.y+row)*b.Width + b.x
	return b.Channels[b.plane+channel][at:][:min(width, b.Width-b.x)]
}
