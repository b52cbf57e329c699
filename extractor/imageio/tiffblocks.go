package imageio

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"math/bits"

	"github.com/digitalinnovationone/headstart/extractor/imageio/baseline"
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
func (t *tiffPicture) decodeBlocks() error {
	across, down := ceilDiv(t.width, t.blockWidth), ceilDiv(t.height, t.blockHeight)
	planes, inBlock := 1, t.samples
	if t.planar {
		planes, inBlock = t.samples, 1
	}
	if n := planes * across * down; t.count(t.offsets) < n || t.count(t.sizes) < n {
		return fmt.Errorf("%d of %d blocks are listed", min(t.count(t.offsets), t.count(t.sizes)), n)
	}
	t.channels = make([][]uint8, t.samples)
	for i := range t.channels {
		t.channels[i] = make([]uint8, t.width*t.height)
	}
	number := 0
	for plane := range planes {
		for y := range down {
			for x := range across {
				b := tiffBlock{tiffPicture: t, x: x * t.blockWidth, y: y * t.blockHeight, plane: plane, samples: inBlock}
				if err := b.decode(t.block(number)); err != nil {
					return err
				}
				number++
			}
		}
	}
	return nil
}

// block is the data of a block, as far as the file holds it.
func (t *tiffPicture) block(number int) []byte {
	at := min(t.numberAt(t.offsets, number), len(t.data))
	return t.data[at:min(at+t.numberAt(t.sizes, number), len(t.data))]
}

// tiffBlock is a block at a place in the picture, holding that many samples
// of each pixel, the first of which is the given plane's.
type tiffBlock struct {
	*tiffPicture
	x, y, plane, samples int
}

func (b *tiffBlock) decode(data []byte) error {
	if b.compression == tiffJPEG {
		return b.decodeJPEG(data)
	}
	rows := min(b.blockHeight, b.height-b.y)
	if b.offsets == tiffTiles {
		rows = b.blockHeight // tiles are padded
	}
	if b.compression != tiffGroup3 && b.compression != tiffGroup4 && b.number(tiffFillOrder, 1) == 2 {
		data = withBitsReversed(data)
	}
	stride := (b.blockWidth*b.samples*b.bits + 7) / 8
	packed, err := b.decompress(data, stride*rows, rows)
	if err != nil {
		return err
	}
	for row := range min(rows, b.height-b.y) {
		line := packed[row*stride:][:stride]
		if b.number(tiffPredictor, 1) == 2 {
			b.undoPrediction(line)
		}
		for channel := range b.samples {
			at := (b.y+row)*b.width + b.x
			out := b.channels[b.plane+channel][at:][:min(b.blockWidth, b.width-b.x)]
			b.unpack(out, line, channel)
		}
	}
	return nil
}

func withBitsReversed(data []byte) []byte {
	reversed := make([]byte, len(data))
	for i, b := range data {
		reversed[i] = bits.Reverse8(b)
	}
	return reversed
}

// decompress returns size bytes, or what is wrong with data.
func (b *tiffBlock) decompress(data []byte, size, rows int) ([]byte, error) {
	r := io.Reader(bytes.NewReader(data))
	switch b.compression {
	case tiffUncompressed:
	case tiffLZW:
		r = lzw.NewReader(r, lzw.MSB, 8)
	case tiffDeflate, tiffOldDeflate:
		inflated, err := zlib.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = inflated
	case tiffPackBits:
		r = bytes.NewReader(unpackBits(data, size))
	case tiffGroup3, tiffGroup4:
		order, format := ccitt.MSB, ccitt.Group3
		if b.number(tiffFillOrder, 1) == 2 {
			order = ccitt.LSB
		}
		if b.compression == tiffGroup4 {
			format = ccitt.Group4
		}
		// Runs of white are zeros whatever zero means, as in libtiff.
		r = ccitt.NewReader(r, order, format, b.blockWidth, rows, &ccitt.Options{Invert: true})
	default:
		return nil, fmt.Errorf("compression %d is not supported", b.compression)
	}
	packed := make([]byte, size)
	_, err := io.ReadFull(r, packed)
	return packed, err
}

// unpackBits decodes PackBits (TIFF 6.0, section 9) up to size bytes.
func unpackBits(data []byte, size int) []byte {
	out := make([]byte, 0, size)
	for len(data) >= 2 && len(out) < size {
		n := int(int8(data[0]))
		data = data[1:]
		switch {
		case n >= 0:
			n = min(n+1, len(data))
			out, data = append(out, data[:n]...), data[n:]
		case n > -128:
			out, data = append(out, bytes.Repeat(data[:1], 1-n)...), data[1:]
		}
	}
	return out
}

// undoPrediction adds up differences to the pixel before.
func (b *tiffBlock) undoPrediction(line []byte) {
	switch b.bits {
	case 8:
		for i := b.samples; i < len(line); i++ {
			line[i] += line[i-b.samples]
		}
	case 16:
		for i := 2 * b.samples; i+1 < len(line); i += 2 {
			b.order.PutUint16(line[i:], b.order.Uint16(line[i:])+b.order.Uint16(line[i-2*b.samples:]))
		}
	}
}

// unpack takes one channel's samples out of a line and scales them to 0–255;
// indices into a palette stay as they are.
func (b *tiffBlock) unpack(out []uint8, line []byte, channel int) {
	full := uint64(1)<<b.bits - 1
	for x := range out {
		i := x*b.samples + channel
		var v uint64
		switch b.bits {
		case 8:
			v = uint64(line[i])
		case 16:
			v = uint64(b.order.Uint16(line[2*i:]))
		case 32:
			v = uint64(b.order.Uint32(line[4*i:]))
		default:
			bit := i * b.bits
			word := uint64(line[bit/8]) << 8
			if bit/8+1 < len(line) {
				word |= uint64(line[bit/8+1])
			}
			v = word >> (16 - b.bits - bit%8) & full
		}
		if b.photometric != tiffPalette {
			v = (v*255 + full/2) / full
		}
		out[x] = uint8(v)
	}
}

// decodeJPEG decodes a block that is a JPEG file, but for the tables that all
// blocks share.
func (b *tiffBlock) decodeJPEG(data []byte) error {
	const marker = 2
	if tables := b.tags[tiffJPEGTables].bytes; len(tables) >= 2*marker && len(data) >= marker {
		data = append(bytes.Clone(tables[:len(tables)-marker]), data[marker:]...)
	}
	if len(data) < marker {
		return errTooShort
	}
	header := readJPEGHeader(data)
	if header.width > b.blockWidth || header.height > b.blockHeight {
		return errDamaged
	}
	var d baseline.Decoder
	pic, err := d.Decode(data, baseline.Options{Shrink: 1, Keep: header.bounds()})
	if err != nil {
		return err
	}
	if len(pic.Planes) != b.samples {
		return errDamaged
	}
	for i, plane := range pic.Planes {
		for y := range min(pic.Height, b.height-b.y) {
			at := (b.y+y)*b.width + b.x
			out := b.channels[b.plane+i][at:][:min(pic.Width, b.width-b.x)]
			row := plane.Samples[y/plane.Down*plane.Stride:]
			for x := range out {
				out[x] = row[x/plane.Across]
			}
		}
	}
	return nil
}
