package baseline

// The reduced transforms give means over two or four neighbouring outputs of
// the transform of 8. Taking means commutes with the transform: coefficient k
// contributes √2·cos((2i+1)kπ/16) to output i, hence √2·cos(kπ/16)·
// cos((2j+1)kπ/8) to the mean of outputs 2j and 2j+1. These weights follow,
// with 13 fractional bits; the fourth coefficient's are zero, and those not
// written down differ in sign only.
const (
	pair0of1, pair0of3, pair0of5, pair0of7 = 10498, 3686, -2463, -2088
	pair1of1, pair1of3, pair1of5, pair1of7 = 4348, -8900, 5946, -865
	pair0of2, pair0of6                     = 7568, -3135
	quad0of1, quad0of3, quad0of5, quad0of7 = 7423, -2607, 1742, -1477
)

func (b *block) transform4(out []uint8, stride int) {
	for x := range 8 {
		if x == 4 {
			continue
		}
		c := b[x:]
		_ = c[56]
		even, odd0, odd1 := pairs(c[8], c[16], c[24], c[40], c[48], c[56])
		mean := c[0]<<constBits + columnRound
		c[0], c[24] = (mean+even+odd0)>>columnShift, (mean+even-odd0)>>columnShift
		c[8], c[16] = (mean-even+odd1)>>columnShift, (mean-even-odd1)>>columnShift
	}
	for y := range 4 {
		c := (*[8]int32)(b[8*y:])
		row := (*[4]uint8)(out[y*stride:])
		even, odd0, odd1 := pairs(c[1], c[2], c[3], c[5], c[6], c[7])
		mean := c[0]<<constBits + rowRound
		row[0], row[3] = sample((mean+even+odd0)>>rowShift), sample((mean+even-odd0)>>rowShift)
		row[1], row[2] = sample((mean-even+odd1)>>rowShift), sample((mean-even-odd1)>>rowShift)
	}
}

func pairs(c1, c2, c3, c5, c6, c7 int32) (even, odd0, odd1 int32) {
	return c2*pair0of2 + c6*pair0of6,
		c1*pair0of1 + c3*pair0of3 + c5*pair0of5 + c7*pair0of7,
		c1*pair1of1 + c3*pair1of3 + c5*pair1of5 + c7*pair1of7
}

func (b *block) transform2(out []uint8, stride int) {
	for _, x := range [...]int{0, 1, 3, 5, 7} {
		c := b[x:]
		_ = c[56]
		mean, odd := c[0]<<constBits+columnRound, quads(c[8], c[24], c[40], c[56])
		c[0], c[8] = (mean+odd)>>columnShift, (mean-odd)>>columnShift
	}
	for y := range 2 {
		c := (*[8]int32)(b[8*y:])
		row := (*[2]uint8)(out[y*stride:])
		mean, odd := c[0]<<constBits+rowRound, quads(c[1], c[3], c[5], c[7])
		row[0], row[1] = sample((mean+odd)>>rowShift), sample((mean-odd)>>rowShift)
	}
}

func quads(c1, c3, c5, c7 int32) int32 {
	return c1*quad0of1 + c3*quad0of3 + c5*quad0of5 + c7*quad0of7
}
