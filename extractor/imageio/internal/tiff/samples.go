package tiff

import (
	"errors"
	"fmt"
	"math"
)

// unpack takes the samples out of a line, the row-th of the block, and scales
// them to 0–255; indices into a palette stay as they are. What is below zero is
// black.
func (b *block) unpack(line []byte, row int) {
	if b.white != nil && b.white.level == 0 {
		for i := range b.blockWidth * b.perBlock {
			b.white.add(b.measured(line, i))
		}
		return
	}
	full := uint64(1)<<b.Bits - 1
	for channel := range b.perBlock {
		out := b.out(channel, row, b.blockWidth)
		isChroma := (b.Photometric == Lab || b.Photometric == ICCLab) && (b.plane+channel == 1 || b.plane+channel == 2)
		for x := range out {
			i := x*b.perBlock + channel
			switch {
			case b.white != nil:
				out[x] = b.white.scale(b.measured(line, i))
				continue
			case b.Bits == 8 && (b.format != Signed || isChroma):
				out[x] = line[i]
				continue
			}
			v := b.sample(line, i)
			switch {
			case isChroma:
				v >>= max(b.Bits, 8) - 8
			case b.format == Signed && v>>(b.Bits-1) == 1:
				v = 0
			case b.Photometric != Palette:
				v = (v*255 + full/2) / full
			}
			out[x] = uint8(v)
		}
	}
}

// sample is the i-th whole number of a line.
func (b *block) sample(line []byte, i int) uint64 {
	switch b.Bits {
	case 8:
		return uint64(line[i])
	case 16:
		return uint64(b.order.Uint16(line[2*i:]))
	case 24:
		three := line[3*i:][:3]
		if b.order.Uint16([]byte{0, 1}) == 1 { // the highest byte first
			return uint64(three[0])<<16 | uint64(three[1])<<8 | uint64(three[2])
		}
		return uint64(three[2])<<16 | uint64(three[1])<<8 | uint64(three[0])
	case 32:
		return uint64(b.order.Uint32(line[4*i:]))
	}
	bit, word := i*b.Bits, uint64(0)
	for at := bit / 8; at < bit/8+3; at++ {
		word <<= 8
		if at < len(line) {
			word |= uint64(line[at])
		}
	}
	return word >> (24 - b.Bits - bit%8) & (1<<b.Bits - 1)
}

// measured is the i-th number of a line whose white is measured.
func (b *block) measured(line []byte, i int) float64 {
	switch {
	case b.format == Signed && b.Bits == 16:
		return float64(int16(b.order.Uint16(line[2*i:])))
	case b.format == Signed:
		return float64(int32(b.order.Uint32(line[4*i:])))
	case b.format != Float:
		return float64(b.order.Uint32(line[4*i:]))
	case b.Bits == 16:
		return float16(b.order.Uint16(line[2*i:]))
	case b.Bits == 64:
		return math.Float64frombits(b.order.Uint64(line[8*i:]))
	}
	return float64(math.Float32frombits(b.order.Uint32(line[4*i:])))
}

// float16 is a number of IEEE 754's binary16.
func float16(bits uint16) float64 {
	sign, exponent, fraction := 1., int(bits>>10&31), float64(bits&1023)/1024
	if bits>>15 == 1 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -14)
	case 31:
		return math.NaN()
	}
	return sign * math.Ldexp(1+fraction, exponent-15)
}

// undoFloatPrediction adds up differences between bytes, of which a row has first
// all highest ones, and so on (Adobe's TIFF technical note 3).
func (b *block) undoFloatPrediction(line []byte) {
	for i := b.perBlock; i < len(line); i++ {
		line[i] += line[i-b.perBlock]
	}
	b.bytes = append(b.bytes[:0], line...)
	size, numbers := b.Bits/8, b.blockWidth*b.perBlock
	highestFirst := b.order.Uint16([]byte{0, 1}) == 1
	for i := range numbers {
		for k := range size {
			at := k
			if !highestFirst {
				at = size - 1 - k
			}
			line[i*size+at] = b.bytes[k*numbers+i]
		}
	}
}

// measuresWhite tells whether the level of white shows only when all samples are
// known: floating-point numbers, whole ones of 32 bits and signed ones of 16, which
// few fill.
func (t *Picture) measuresWhite() bool {
	if t.Photometric == Lab || t.Photometric == ICCLab {
		return false
	}
	return t.format == Float || t.Bits == 32 || t.format == Signed && t.Bits == 16
}

// white finds the level that samples have for white.
type white struct {
	level   float64 // 0 as long as it is not known
	largest float64
	small   int // samples above 0 and at most 1
	large   int // samples above 1
}

func (w *white) add(v float64) {
	switch {
	case math.IsInf(v, 0) || !(v > 0): // or not a number
	case v <= 1:
		w.small++
	default:
		w.large++
		w.largest = max(w.largest, v)
	}
}

// choose settles for 1, or 255 where most floating-point samples are larger than 1. Of
// whole numbers white is 255 if none is larger, as in Pillow, or else 65535, or else the
// largest that there can be. Where no sample comes near that, white is not known.
func (w *white) choose(t *Picture) error {
	if t.format == Float {
		switch {
		case w.large <= w.small: // those above 1 are highlights
			w.level = 1
		case w.largest <= 255:
			w.level = 255
		default:
			return errors.New("floating-point samples above 255 have no known white")
		}
		return nil
	}
	full := float64(uint64(1)<<t.Bits - 1)
	if t.format == Signed {
		full = float64(uint64(1)<<(t.Bits-1) - 1)
	}
	switch {
	case w.largest <= 255:
		w.level = 255
	case w.largest <= math.MaxUint16:
		w.level = min(math.MaxUint16, full)
	case w.largest < full/2:
		return fmt.Errorf("samples of %d bits up to %.0f have no known white", t.Bits, w.largest)
	default:
		w.level = full
	}
	return nil
}

func (w *white) scale(v float64) uint8 {
	if !(v > 0) {
		return 0
	}
	return uint8(min(v/w.level, 1)*255 + 0.5)
}
