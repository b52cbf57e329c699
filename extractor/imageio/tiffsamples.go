package imageio

import (
	"errors"
	"math"
)

// unpack takes the samples out of a line, the row-th of the block, and scales
// them to 0–255; indices into a palette stay as they are. What is below zero is
// black.
func (b *tiffBlock) unpack(line []byte, row int) {
	if b.white != nil && b.white.level == 0 {
		for i := range b.blockWidth * b.perBlock {
			b.white.add(b.measured(line, i))
		}
		return
	}
	full := uint64(1)<<b.bits - 1
	for channel := range b.perBlock {
		out := b.out(channel, row, b.blockWidth)
		isAOrB := (b.photometric == tiffLab || b.photometric == tiffICCLab) && (b.plane+channel == 1 || b.plane+channel == 2)
		for x := range out {
			i := x*b.perBlock + channel
			switch {
			case b.white != nil:
				out[x] = b.white.scale(b.measured(line, i))
				continue
			case b.bits == 8 && (b.format != tiffSigned || isAOrB):
				out[x] = line[i]
				continue
			}
			v := b.sample(line, i)
			switch {
			case isAOrB:
				v >>= max(b.bits, 8) - 8
			case b.format == tiffSigned && v>>(b.bits-1) == 1:
				v = 0
			case b.photometric != tiffPalette:
				v = (v*255 + full/2) / full
			}
			out[x] = uint8(v)
		}
	}
}

// sample is the i-th whole number of a line.
func (b *tiffBlock) sample(line []byte, i int) uint64 {
	switch b.bits {
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
	bit, word := i*b.bits, uint64(0)
	for at := bit / 8; at < bit/8+3; at++ {
		word <<= 8
		if at < len(line) {
			word |= uint64(line[at])
		}
	}
	return word >> (24 - b.bits - bit%8) & (1<<b.bits - 1)
}

// measured is the i-th number of a line whose white is measured.
func (b *tiffBlock) measured(line []byte, i int) float64 {
	switch {
	case b.format == tiffSigned:
		return float64(int32(b.order.Uint32(line[4*i:])))
	case b.format != tiffFloat:
		return float64(b.order.Uint32(line[4*i:]))
	case b.bits == 16:
		return float16(b.order.Uint16(line[2*i:]))
	case b.bits == 64:
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
func (b *tiffBlock) undoFloatPrediction(line []byte) {
	for i := b.perBlock; i < len(line); i++ {
		line[i] += line[i-b.perBlock]
	}
	b.bytes = append(b.bytes[:0], line...)
	size, numbers := b.bits/8, b.blockWidth*b.perBlock
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
// known: floating-point numbers, and whole ones of 32 bits, which few fill.
func (t *tiffPicture) measuresWhite() bool {
	return t.format == tiffFloat || t.bits == 32 && t.photometric != tiffLab && t.photometric != tiffICCLab
}

// tiffWhite finds the level that samples have for white.
type tiffWhite struct {
	level   float64 // 0 as long as it is not known
	largest float64
	small   int // samples above 0 and at most 1
	large   int // samples above 1
}

func (w *tiffWhite) add(v float64) {
	switch {
	case math.IsInf(v, 0) || !(v > 0): // or not a number
	case v <= 1:
		w.small++
	default:
		w.large++
		w.largest = max(w.largest, v)
	}
}

// choose settles for 1, or 255 where most floating-point samples are larger than 1; for
// 255 or 65535 where no whole number is larger, or else for all that 32 bits hold.
func (w *tiffWhite) choose(t *tiffPicture) error {
	switch {
	case t.format != tiffFloat && w.largest <= 255:
		w.level = 255
	case t.format != tiffFloat && w.largest <= 65535:
		w.level = 65535
	case t.format == tiffSigned:
		w.level = math.MaxInt32
	case t.format != tiffFloat:
		w.level = math.MaxUint32
	case w.large <= w.small: // those above 1 are highlights
		w.level = 1
	case w.largest <= 255:
		w.level = 255
	default:
		return errors.New("floating-point samples above 255 have no known white")
	}
	return nil
}

func (w *tiffWhite) scale(v float64) uint8 {
	if !(v > 0) {
		return 0
	}
	return uint8(min(v/w.level, 1)*255 + 0.5)
}
