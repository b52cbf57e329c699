package jpeg

// The reduced transforms are those of 4 and of 2 on the lowest frequencies of the
// block, as in libjpeg's jidctred.c: detail that the smaller size cannot hold is
// left out, where means over neighbouring samples would let some of it through as
// a false pattern, which shows in photos of screens. Coefficient k contributes
// √2·cos((2i+1)kπ/8) to output i of 4, and 1 or −1 to those of 2. These weights have
// 13 fractional bits; those not written down are 1, or differ in sign only.
const (
	quarterOf1 = 10703 // √2·cos(π/8)
	quarterOf3 = 4433  // √2·cos(3π/8)
)

func (b *block) transform4(out []uint8, stride int) {
	for x := range 4 {
		c := b[x:]
		_ = c[24]
		outer, inner := (c[0]+c[16])<<constBits+columnRound, (c[0]-c[16])<<constBits+columnRound
		odd0, odd1 := c[8]*quarterOf1+c[24]*quarterOf3, c[8]*quarterOf3-c[24]*quarterOf1
		c[0], c[24] = (outer+odd0)>>columnShift, (outer-odd0)>>columnShift
		c[8], c[16] = (inner+odd1)>>columnShift, (inner-odd1)>>columnShift
	}
	for y := range 4 {
		c := (*[4]int32)(b[8*y:])
		row := (*[4]uint8)(out[y*stride:])
		outer, inner := (c[0]+c[2])<<constBits+rowRound, (c[0]-c[2])<<constBits+rowRound
		odd0, odd1 := c[1]*quarterOf1+c[3]*quarterOf3, c[1]*quarterOf3-c[3]*quarterOf1
		row[0], row[3] = sample((outer+odd0)>>rowShift), sample((outer-odd0)>>rowShift)
		row[1], row[2] = sample((inner+odd1)>>rowShift), sample((inner-odd1)>>rowShift)
	}
}

func (b *block) transform2(out []uint8, stride int) {
	const shift, round = 3, 1<<2 + 128<<3
	left, right := b[0]+b[8]+round, b[1]+b[9]
	row := (*[2]uint8)(out)
	row[0], row[1] = sample((left+right)>>shift), sample((left-right)>>shift)
	left, right = b[0]-b[8]+round, b[1]-b[9]
	row = (*[2]uint8)(out[stride:])
	row[0], row[1] = sample((left+right)>>shift), sample((left-right)>>shift)
}
