package imageio

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"math/bits"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

// bmpHeader is the two headers of a BMP file. There are many of the second,
// each an extension of an earlier one; its length tells which.
type bmpHeader struct {
	pixels        int // where the pixels begin
	width, height int
	topDown       bool
	bits          int // per pixel
	compression   uint32
	masks         [4]uint32 // of red, green, blue and alpha in 16 or 32 bits
	palette       [][3]uint8
}

const (
	bmpUncompressed = 0
	bmpRLE8         = 1
	bmpRLE4         = 2
	bmpMasks        = 3
	bmpAlphaMasks   = 6

	bmpHuffman = 13 // compression 3 of OS/2
	bmpRLE24   = 14 // compression 4 of OS/2
)

const (
	bmpFileHeader = 14
	bmpOS2        = 64 // length of OS/2's second header
)

// isDIB tells whether data begins with a BMP file's second header, as pictures on a
// clipboard do.
func isDIB(data []byte) bool {
	if len(data) < 40 {
		return false
	}
	le := binary.LittleEndian
	planes, bits, compression := le.Uint16(data[12:]), le.Uint16(data[14:]), le.Uint32(data[16:])
	switch le.Uint32(data) {
	case 40, 52, 56, bmpOS2, 108, 124:
	default:
		return false
	}
	switch bits {
	case 1, 2, 4, 8, 16, 24, 32:
		return planes == 1 && compression <= bmpAlphaMasks
	}
	return false
}

// isBMP looks beyond the two letters BM, with which plain text may begin too,
// at the length of the second header, of which only a few exist.
func isBMP(data []byte) bool {
	if len(data) < 26 || string(data[:2]) != "BM" {
		return false
	}
	switch binary.LittleEndian.Uint32(data[14:]) {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// planBMP decodes a BMP file. The standard library has no such decoder, and
// golang.org/x/image none for run lengths, OS/2 headers and 16 bits.
func (d *Decoder) planBMP(data []byte, _ Preprocessing) (plan, error) {
	return d.planBitmap(data, bmpFileHeader)
}

func (d *Decoder) planDIB(data []byte, _ Preprocessing) (plan, error) { return d.planBitmap(data, 0) }

// planBitmap decodes a file whose second header begins there.
func (d *Decoder) planBitmap(data []byte, start int) (plan, error) {
	h, err := readBMPHeader(data, start)
	if err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(h.width, h.height); err != nil {
		return plan{}, err
	}
	planes, expanded, changes := 3., 1., int64(0)
	switch h.compression {
	case bmpRLE24:
		expanded = 3
	case bmpHuffman:
		changes = 24 * (int64(h.width) + int64(len(data)))
	}
	return plan{
		memory: perPixel(h.width, h.height, planes+expanded) + changes,
		decode: func(ctx context.Context) (picture, error) { return decodeBMP(ctx, data, h) },
	}, nil
}

func decodeBMP(ctx context.Context, data []byte, h bmpHeader) (picture, error) {
	stride := (h.width*h.bits + 31) / 32 * 4
	pixels := data[min(h.pixels, len(data)):]
	switch h.compression {
	case bmpRLE8, bmpRLE4:
		pixels, h.bits, stride = expandRuns(pixels, h), 8, h.width
	case bmpRLE24:
		pixels, stride = expandRuns(pixels, h), 3*h.width
	case bmpHuffman:
		stride = (h.width + 7) / 8
		expanded := make([]byte, stride*h.height)
		if _, err := io.ReadFull(tiff.NewFaxReader(pixels, tiff.FaxGroup3, h.width, h.height), expanded); err != nil {
			return picture{}, err
		}
		pixels = expanded
	}
	if len(pixels) < stride*(h.height-1)+(h.width*h.bits+7)/8 {
		return picture{}, io.ErrUnexpectedEOF
	}
	row := func(y int) []byte {
		if !h.topDown {
			y = h.height - 1 - y
		}
		return pixels[y*stride:]
	}
	if h.palette == nil && h.masks[3] != 0 && !h.hasAlpha(row) {
		h.masks[3] = 0 // not transparency, or nothing would be seen
	}
	pic := whitePicture(h.width, h.height)
	return pic, pic.fill(ctx, image.Rect(0, 0, h.width, h.height), bmpRows(h, row))
}

// hasAlpha tells whether any pixel has alpha.
func (h *bmpHeader) hasAlpha(row func(y int) []byte) bool {
	for y := range h.height {
		packed := row(y)
		for x := range h.width {
			if h.pixel(packed, x)&h.masks[3] != 0 {
				return true
			}
		}
	}
	return false
}

// pixel is the x-th of a row of whole bytes.
func (h *bmpHeader) pixel(packed []byte, x int) (pixel uint32) {
	for i := range h.bits / 8 {
		pixel |= uint32(packed[x*h.bits/8+i]) << (8 * i)
	}
	return pixel
}

// readBMPHeader reads the second header, which begins there, and the palette.
func readBMPHeader(data []byte, start int) (bmpHeader, error) {
	const coreHeader = 12
	le := binary.LittleEndian
	var h bmpHeader
	if start > 0 {
		h.pixels = int(le.Uint32(data[10:]))
	}
	size := int(le.Uint32(data[start:]))
	entry, colours := 4, 0
	info := make([]byte, 124) // what a short header lacks is zero
	after := data[min(start+size, len(data)):]
	copy(info, data[start:len(data)-len(after)])
	if size == coreHeader {
		entry = 3
		h.width, h.height = int(le.Uint16(info[4:])), int(le.Uint16(info[6:]))
		h.bits = int(le.Uint16(info[10:]))
	} else {
		h.width, h.height = int(int32(le.Uint32(info[4:]))), int(int32(le.Uint32(info[8:])))
		h.bits, h.compression = int(le.Uint16(info[14:])), le.Uint32(info[16:])
		colours = int(le.Uint32(info[32:]))
	}
	if h.height < 0 {
		h.height, h.topDown = -h.height, true
	}
	if size == bmpOS2 && (h.compression == 3 || h.compression == 4) {
		h.compression += bmpHuffman - 3
	}
	switch h.compression {
	case bmpUncompressed:
		h.masks = bmpUsualMasks(h.bits)
	case bmpMasks, bmpAlphaMasks:
		const masksAt = 40
		if size == masksAt { // they follow the header instead of being in it
			masks := 12
			if h.compression == bmpAlphaMasks {
				masks = 16
			}
			after = after[copy(info[masksAt:masksAt+masks], after):]
		}
		for i := range h.masks {
			h.masks[i] = le.Uint32(info[masksAt+4*i:])
		}
	case bmpRLE8, bmpRLE4, bmpRLE24, bmpHuffman:
		if bits := map[uint32]int{bmpRLE8: 8, bmpRLE4: 4, bmpRLE24: 24, bmpHuffman: 1}[h.compression]; h.bits != bits {
			return h, fmt.Errorf("compression %d needs %d bits per pixel, not %d", le.Uint32(info[16:]), bits, h.bits)
		}
		h.masks = bmpUsualMasks(h.bits)
	default:
		return h, fmt.Errorf("compression %d is not supported", h.compression)
	}
	switch h.bits {
	case 1, 2, 4, 8:
		if colours <= 0 || colours > 1<<h.bits {
			colours = 1 << h.bits
		}
		h.palette = bmpPalette(after, entry, colours)
		after = after[min(entry*colours, len(after)):]
	case 16, 24, 32:
	default:
		return h, fmt.Errorf("%d bits per pixel are not supported", h.bits)
	}
	if h.pixels < start+size || h.pixels == start+size && h.palette != nil { // as Pillow, which believes no palette to be missing
		h.pixels = len(data) - len(after)
	}
	return h, nil
}

func bmpPalette(data []byte, entry, colours int) [][3]uint8 {
	palette := make([][3]uint8, 256) // an index beyond the colours is black
	for i := range min(colours, len(data)/entry) {
		palette[i] = [3]uint8{data[i*entry+2], data[i*entry+1], data[i*entry]}
	}
	return palette
}

func bmpUsualMasks(bits int) [4]uint32 {
	if bits == 16 {
		return [4]uint32{0x7c00, 0x03e0, 0x001f}
	}
	return [4]uint32{0xff0000, 0x00ff00, 0x0000ff}
}

func bmpRows(h bmpHeader, row func(y int) []byte) rowReader {
	if h.palette != nil {
		return func(y int, red, green, blue []uint8) {
			packed, mask := row(y), byte(1<<h.bits-1)
			for x := range red {
				bit := x * h.bits
				index := packed[bit/8] >> (8 - h.bits - bit%8) & mask
				c := h.palette[index]
				red[x], green[x], blue[x] = c[0], c[1], c[2]
			}
		}
	}
	return func(y int, red, green, blue []uint8) {
		packed := row(y)
		for x := range red {
			pixel := h.pixel(packed, x)
			alpha := uint8(255)
			if h.masks[3] != 0 {
				alpha = masked(pixel, h.masks[3])
			}
			red[x], green[x], blue[x] = overWhite(masked(pixel, h.masks[0]), masked(pixel, h.masks[1]), masked(pixel, h.masks[2]), alpha)
		}
	}
}

// masked scales the bits of pixel under mask to 0–255.
func masked(pixel, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	full := uint64(mask >> shift)
	return uint8((uint64(pixel&mask>>shift)*255 + full/2) / full)
}
