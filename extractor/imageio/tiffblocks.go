package imageio

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"math/bits"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/baseline"
	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

const (
	tiffUncompressed = 1
	tiffGroup3       = 3
	tiffGroup4       = 4
	tiffLZW          = 5
	tiffJPEG         = 7
	tiffDeflate      = 8
	tiffOldDeflate   = 32946
	tiffPackBits     = 32773
)

// decodeBlocks fills the channels from the file's blocks.
func (t *tiffPicture) decodeBlocks(ctx context.Context) error {
	across, down, planes := t.grid()
	if n := t.blocks(); t.count(t.offsets) < n || t.count(t.sizes) < n {
		return fmt.Errorf("%d of %d blocks are listed", min(t.count(t.offsets), t.count(t.sizes)), n)
	}
	for i := range t.channels {
		t.channels[i] = make([]uint8, t.width*t.height)
	}
	number := 0
	for plane := range planes {
		for y := range down {
			for x := range across {
				b := tiffBlock{tiffPicture: t, x: x * t.blockWidth, y: y * t.blockHeight, plane: plane}
				if err := b.decode(ctx, t.block(number)); err != nil {
					return err
				}
				number++
			}
		}
	}
	return nil
}

// grid is how many blocks there are along each side, and for how many planes.
func (t *tiffPicture) grid() (across, down, planes int) {
	return ceilDiv(t.width, t.blockWidth), ceilDiv(t.height, t.blockHeight), t.samples / t.perBlock
}

func (t *tiffPicture) blocks() int {
	across, down, planes := t.grid()
	return across * down * planes
}

// block is the data of a block, clipped to the file.
func (t *tiffPicture) block(number int) []byte {
	at := min(t.numberAt(t.offsets, number), len(t.data))
	return t.data[at:min(at+t.numberAt(t.sizes, number), len(t.data))]
}

// tiffBlock is a block at a place in the picture. It holds one plane's sample of
// each pixel, or all of them.
type tiffBlock struct {
	*tiffPicture
	x, y, plane int
}

func (b *tiffBlock) decode(ctx context.Context, data []byte) error {
	if b.compression == tiffJPEG {
		return b.decodeJPEG(ctx, data)
	}
	rows := min(b.blockHeight, b.height-b.y)
	if b.offsets == tiffTiles {
		rows = b.blockHeight // tiles are padded
	}
	if b.compression != tiffGroup3 && b.compression != tiffGroup4 && b.number(tiffFillOrder, 1) == 2 {
		data = b.withBitsReversed(data)
	}
	packed, err := b.decompressor(data, rows)
	if err != nil {
		return err
	}
	line := make([]byte, b.rowBytes())
	for row := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := io.ReadFull(packed, line); err != nil {
			return err
		}
		if b.number(tiffPredictor, 1) == 2 {
			b.undoPrediction(line)
		}
		if b.y+row < b.height {
			b.unpack(line, row)
		}
	}
	return nil
}

func (t *tiffPicture) withBitsReversed(data []byte) []byte {
	t.buffer = grow(t.buffer, len(data))
	for i, b := range data {
		t.buffer[i] = bits.Reverse8(b)
	}
	return t.buffer
}

// decompressor reads the rows that data holds.
func (b *tiffBlock) decompressor(data []byte, rows int) (io.Reader, error) {
	r := bytes.NewReader(data)
	switch b.compression {
	case tiffUncompressed:
		return r, nil
	case tiffLZW:
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case tiffDeflate, tiffOldDeflate:
		return zlib.NewReader(r)
	case tiffPackBits:
		return &packBits{data: data}, nil
	case tiffGroup3, tiffGroup4:
		order, format := ccitt.MSB, ccitt.Group3
		if b.number(tiffFillOrder, 1) == 2 {
			order = ccitt.LSB
		}
		if b.compression == tiffGroup4 {
			format = ccitt.Group4
		}
		// Runs of white are zeros for either photometric interpretation, as in libtiff.
		return ccitt.NewReader(r, order, format, b.blockWidth, rows, &ccitt.Options{Invert: true}), nil
	default:
		return nil, fmt.Errorf("compression %d is not supported", b.compression)
	}
}

// undoPrediction adds up differences to the pixel before.
func (b *tiffBlock) undoPrediction(line []byte) {
	switch b.bits {
	case 8:
		for i := b.perBlock; i < len(line); i++ {
			line[i] += line[i-b.perBlock]
		}
	case 16:
		for i := 2 * b.perBlock; i+1 < len(line); i += 2 {
			b.order.PutUint16(line[i:], b.order.Uint16(line[i:])+b.order.Uint16(line[i-2*b.perBlock:]))
		}
	}
}

// unpack takes the samples out of a line, the row-th of the block, and scales
// them to 0–255; indices into a palette stay as they are.
func (b *tiffBlock) unpack(line []byte, row int) {
	full := uint64(1)<<b.bits - 1
	for channel := range b.perBlock {
		out := b.out(channel, row, b.blockWidth)
		for x := range out {
			i := x*b.perBlock + channel
			if b.bits == 8 {
				out[x] = line[i]
				continue
			}
			v := b.sample(line, i)
			if b.photometric != tiffPalette {
				v = (v*255 + full/2) / full
			}
			out[x] = uint8(v)
		}
	}
}

// sample is the i-th number of a line, of other than 8 bits.
func (b *tiffBlock) sample(line []byte, i int) uint64 {
	switch b.bits {
	case 16:
		return uint64(b.order.Uint16(line[2*i:]))
	case 32:
		return uint64(b.order.Uint32(line[4*i:]))
	}
	bit := i * b.bits
	word := uint64(line[bit/8]) << 8
	if bit/8+1 < len(line) {
		word |= uint64(line[bit/8+1])
	}
	return word >> (16 - b.bits - bit%8) & (1<<b.bits - 1)
}

// out is where the picture has a row of the block's channel, clipped to the
// picture; nil for a channel that is not used.
func (b *tiffBlock) out(channel, row, width int) []uint8 {
	if b.plane+channel >= len(b.channels) {
		return nil
	}
	at := (b.y+row)*b.width + b.x
	return b.channels[b.plane+channel][at:][:min(width, b.width-b.x)]
}

// decodeJPEG decodes a block that is a JPEG file, but for the tables that all
// blocks share.
func (b *tiffBlock) decodeJPEG(ctx context.Context, data []byte) error {
	const marker = 2
	if tables := b.tags[tiffJPEGTables].bytes; len(tables) >= 2*marker && len(data) >= marker {
		b.buffer = append(append(b.buffer[:0], tables[:len(tables)-marker]...), data[marker:]...)
		data = b.buffer
	}
	if len(data) < marker {
		return errTooShort
	}
	header := readJPEGHeader(data)
	if header.width > b.blockWidth || header.height > b.blockHeight {
		return errDamaged
	}
	pic, err := b.jpeg.Decode(ctx, data, baseline.Options{Shrink: 1, Keep: header.bounds()})
	if err != nil {
		return err
	}
	if len(pic.Planes) != b.perBlock {
		return errDamaged
	}
	for i, plane := range pic.Planes {
		for y := range min(pic.Height, b.height-b.y) {
			out := b.out(i, y, pic.Width)
			row := plane.Samples[y/plane.Down*plane.Stride:]
			for x := range out {
				out[x] = row[x/plane.Across]
			}
		}
	}
	return nil
}
