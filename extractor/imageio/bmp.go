package imageio

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"math/bits"
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
)

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
	h, err := readBMPHeader(data)
	if err != nil {
		return plan{}, err
	}
	if err := d.Limits.check(h.width, h.height); err != nil {
		return plan{}, err
	}
	const planes, indices = 3, 1
	return plan{
		memory: perPixel(h.width, h.height, planes+indices),
		decode: func(ctx context.Context) (picture, error) { return decodeBMP(ctx, data, h) },
	}, nil
}

func decodeBMP(ctx context.Context, data []byte, h bmpHeader) (picture, error) {
	stride := (h.width*h.bits + 31) / 32 * 4
	pixels := data[min(h.pixels, len(data)):]
	if h.compression == bmpRLE8 || h.compression == bmpRLE4 {
		pixels, h.bits, stride = expandRuns(pixels, h), 8, h.width
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
	pic := whitePicture(h.width, h.height)
	return pic, pic.fill(ctx, image.Rect(0, 0, h.width, h.height), bmpRows(h, row))
}

func readBMPHeader(data []byte) (bmpHeader, error) {
	const fileHeader, coreHeader = 14, 12
	le := binary.LittleEndian
	h := bmpHeader{pixels: int(le.Uint32(data[10:]))}
	size := int(le.Uint32(data[fileHeader:]))
	entry, colours := 4, 0
	info := make([]byte, 124) // what a short header lacks is zero
	after := data[min(fileHeader+size, len(data)):]
	copy(info, data[fileHeader:len(data)-len(after)])
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
	switch h.compression {
	case bmpUncompressed:
		h.masks = bmpUsualMasks(h.bits)
	case bmpMasks, bmpAlphaMasks:
		const masksAt = 40
		if size == masksAt { // they follow the header instead of being in it
			after = after[copy(info[masksAt:masksAt+12], after):]
		}
		for i := range h.masks {
			h.masks[i] = le.Uint32(info[masksAt+4*i:])
		}
	case bmpRLE8, bmpRLE4:
		if h.bits != 8/int(h.compression) {
			return h, fmt.Errorf("run lengths of %d bits are not supported", h.bits)
		}
	default:
		return h, fmt.Errorf("compression %d is not supported", h.compression)
	}
	switch h.bits {
	case 1, 2, 4, 8:
		h.palette = bmpPalette(after, entry, h, colours)
	case 16, 24, 32:
	default:
		return h, fmt.Errorf("%d bits per pixel are not supported", h.bits)
	}
	return h, nil
}

func bmpPalette(data []byte, entry int, h bmpHeader, colours int) [][3]uint8 {
	if colours <= 0 || colours > 1<<h.bits {
		colours = 1 << h.bits
	}
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
			var pixel uint32
			for i := range h.bits / 8 {
				pixel |= uint32(packed[x*h.bits/8+i]) << (8 * i)
			}
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
