package jpeg

// block is a block's coefficients, row by row.
type block [64]int32

// transform writes the inverse cosine transform of b into a square of side
// samples. No coefficient after last, in the file's order, is other than zero.
func (b *block) transform(out []uint8, stride, side, last int) {
	switch {
	case side == 1:
		out[0] = b.mean()
	case last == 0:
		b.flat(out, stride, side)
	case side == 8 && last <= lastOfQuarter:
		b.transform8Sparse(out, stride)
	case side == 8:
		b.transform8(out, stride)
	case side == 4:
		b.transform4(out, stride)
	default:
		b.transform2(out, stride)
	}
}

// mean is the level that all samples have where there is nothing else.
func (b *block) mean() uint8 { return sample((b[0]+4)>>3 + 128) }

// flat is transform for a block that has only a mean.
func (b *block) flat(out []uint8, stride, side int) {
	v := b.mean()
	for y := range side {
		row := out[y*stride:][:side]
		for x := range row {
			row[x] = v
		}
	}
}

// sample brings a level into 0–255.
func sample(level int32) uint8 {
	if uint32(level) > 255 {
		return uint8(^level >> 31)
	}
	return uint8(level)
}

// The transform of 8 is that of Loeffler, Ligtenberg and Moschytz (ICASSP
// 1989) as libjpeg's jidctint.c carries it out: constants with 13 fractional
// bits, 2 more bits kept between columns and rows.
const (
	constBits = 13
	passBits  = 2

	// What the passes cut off, half of that to round, and the level that zero
	// stands for.
	columnShift = constBits - passBits
	columnRound = 1 << (columnShift - 1)
	rowShift    = constBits + passBits + 3
	rowRound    = 1<<(rowShift-1) + 128<<rowShift

	fix0298631336 = 2446
	fix0390180644 = 3196
	fix0541196100 = 4433
	fix0765366865 = 6270
	fix0899976223 = 7373
	fix1175875602 = 9633
	fix1501321110 = 12299
	fix1847759065 = 15137
	fix1961570560 = 16069
	fix2053119869 = 16819
	fix2562915447 = 20995
	fix3072711026 = 25172
)

// even8 and odd8 are the two halves of the transform; odd8 lacks the terms of
// one coefficient each, without which it is small enough to be inlined.
func even8(c0, c2, c4, c6, round int32) (e0, e1, e2, e3 int32) {
	z := (c2 + c6) * fix0541196100
	a, b := z-c6*fix1847759065, z+c2*fix0765366865
	s, d := (c0+c4)<<constBits+round, (c0-c4)<<constBits+round
	return s + b, d + a, d - a, s - b
}

func odd8(c1, c3, c5, c7 int32) (o0, o1, o2, o3 int32) {
	z5 := (c1 + c3 + c5 + c7) * fix1175875602
	z1, z2 := (c1+c7)*fix0899976223, (c3+c5)*fix2562915447
	z3, z4 := z5-(c3+c7)*fix1961570560, z5-(c1+c5)*fix0390180644
	return z4 - z1, z3 - z2, z4 - z2, z3 - z1
}

func (b *block) transform8(out []uint8, stride int) {
	for x := range 8 {
		c := b[x:]
		_ = c[56]
		if c[8]|c[16]|c[24]|c[32]|c[40]|c[48]|c[56] == 0 {
			v := c[0] << passBits
			c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56] = v, v, v, v, v, v, v, v
			continue
		}
		e0, e1, e2, e3 := even8(c[0], c[16], c[32], c[48], columnRound)
		o0, o1, o2, o3 := odd8(c[8], c[24], c[40], c[56])
		o0, o1, o2, o3 = o0+c[8]*fix1501321110, o1+c[24]*fix3072711026, o2+c[40]*fix2053119869, o3+c[56]*fix0298631336
		c[0], c[56] = (e0+o0)>>columnShift, (e0-o0)>>columnShift
		c[8], c[48] = (e1+o1)>>columnShift, (e1-o1)>>columnShift
		c[16], c[40] = (e2+o2)>>columnShift, (e2-o2)>>columnShift
		c[24], c[32] = (e3+o3)>>columnShift, (e3-o3)>>columnShift
	}
	for y := range 8 {
		c := (*[8]int32)(b[8*y:])
		row := (*[8]uint8)(out[y*stride:])
		e0, e1, e2, e3 := even8(c[0], c[2], c[4], c[6], rowRound)
		o0, o1, o2, o3 := odd8(c[1], c[3], c[5], c[7])
		o0, o1, o2, o3 = o0+c[1]*fix1501321110, o1+c[3]*fix3072711026, o2+c[5]*fix2053119869, o3+c[7]*fix0298631336
		row[0], row[7] = sample((e0+o0)>>rowShift), sample((e0-o0)>>rowShift)
		row[1], row[6] = sample((e1+o1)>>rowShift), sample((e1-o1)>>rowShift)
		row[2], row[5] = sample((e2+o2)>>rowShift), sample((e2-o2)>>rowShift)
		row[3], row[4] = sample((e3+o3)>>rowShift), sample((e3-o3)>>rowShift)
	}
}

// lastOfQuarter is the last place in the file's order up to which all
// coefficients lie in the upper left quarter of the block.
const lastOfQuarter = 9

// transform8Sparse is transform8 where only the upper left quarter is other
// than zero, as in most blocks of a photo; its results are the same.
func (b *block) transform8Sparse(out []uint8, stride int) {
	for x := range 4 {
		c := b[x:]
		_ = c[56]
		e0, e1, e2, e3 := evenSparse(c[0], c[16], columnRound)
		o0, o1, o2, o3 := oddSparse(c[8], c[24])
		c[0], c[56] = (e0+o0)>>columnShift, (e0-o0)>>columnShift
		c[8], c[48] = (e1+o1)>>columnShift, (e1-o1)>>columnShift
		c[16], c[40] = (e2+o2)>>columnShift, (e2-o2)>>columnShift
		c[24], c[32] = (e3+o3)>>columnShift, (e3-o3)>>columnShift
	}
	for y := range 8 {
		c := (*[4]int32)(b[8*y:])
		row := (*[8]uint8)(out[y*stride:])
		e0, e1, e2, e3 := evenSparse(c[0], c[2], rowRound)
		o0, o1, o2, o3 := oddSparse(c[1], c[3])
		row[0], row[7] = sample((e0+o0)>>rowShift), sample((e0-o0)>>rowShift)
		row[1], row[6] = sample((e1+o1)>>rowShift), sample((e1-o1)>>rowShift)
		row[2], row[5] = sample((e2+o2)>>rowShift), sample((e2-o2)>>rowShift)
		row[3], row[4] = sample((e3+o3)>>rowShift), sample((e3-o3)>>rowShift)
	}
}

func evenSparse(c0, c2, round int32) (e0, e1, e2, e3 int32) {
	s := c0<<constBits + round
	outer, inner := c2*(fix0541196100+fix0765366865), c2*fix0541196100
	return s + outer, s + inner, s - inner, s - outer
}

func oddSparse(c1, c3 int32) (o0, o1, o2, o3 int32) {
	return c1*(fix1501321110-fix0899976223-fix0390180644+fix1175875602) + c3*fix1175875602,
		c1*fix1175875602 + c3*(fix3072711026-fix2562915447-fix1961570560+fix1175875602),
		c1*(fix1175875602-fix0390180644) + c3*(fix1175875602-fix2562915447),
		c1*(fix1175875602-fix0899976223) + c3*(fix1175875602-fix1961570560)
}
