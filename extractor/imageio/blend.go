package imageio

import "encoding/binary"

// Two 32-bit lanes in each 64-bit word are the vector unit here: Go offers no
// other, and a lane has room for what is summed in it. Samples of 8 bits are
// first summed down the columns with weights of 22 bits; rounded to 1/128 of
// a level they are then summed along the row with weights of 15 bits. A bias
// keeps a lane from going negative, which would borrow from its neighbour,
// and its upper half leaves room for the overshoot of a cubic filter.
const (
	lanes      = 8 // samples taken at a time
	one        = 1 << 22
	acrossBits = 15
	oneAcross  = 1 << acrossBits
	bias       = 1 << 30

	firstOfFour = 0x000000ff_000000ff // every fourth sample of eight
	startOfSum  = (bias + oneAcross/2) * (1<<32 | 1)
	low         = 1<<(32-acrossBits) - 1
	high        = low << 32
)

// rowTap is one row's part in a blend.
type rowTap struct {
	at     int // of its first sample needed
	weight uint64
}

// blend sums the rows of samples that upper and lower list, each times its
// weight, and leaves the two sums of a column in one word, the upper in the
// lower lane.
func blend(dst []uint64, samples []uint8, upper, lower []rowTap) {
	for x := 0; x+lanes <= len(dst); x += lanes {
		u04, u15, u26, u37 := sumColumns(samples, upper, x)
		l04, l15, l26, l37 := sumColumns(samples, lower, x)
		out := (*[lanes]uint64)(dst[x:])
		out[0] = u04>>acrossBits&low | l04<<(32-acrossBits)&high
		out[1] = u15>>acrossBits&low | l15<<(32-acrossBits)&high
		out[2] = u26>>acrossBits&low | l26<<(32-acrossBits)&high
		out[3] = u37>>acrossBits&low | l37<<(32-acrossBits)&high
		out[4] = u04>>(32+acrossBits) | l04>>acrossBits&high
		out[5] = u15>>(32+acrossBits) | l15>>acrossBits&high
		out[6] = u26>>(32+acrossBits) | l26>>acrossBits&high
		out[7] = u37>>(32+acrossBits) | l37>>acrossBits&high
	}
}

// sumColumns sums eight columns, numbered from x: 0 and 4 in one word, 1 and
// 5 in the next, and so on.
func sumColumns(samples []uint8, rows []rowTap, x int) (s04, s15, s26, s37 uint64) {
	s04, s15, s26, s37 = startOfSum, startOfSum, startOfSum, startOfSum
	for _, row := range rows {
		word := load(samples, row.at+x)
		s04 += word & firstOfFour * row.weight
		s15 += word >> 8 & firstOfFour * row.weight
		s26 += word >> 16 & firstOfFour * row.weight
		s37 += word >> 24 & firstOfFour * row.weight
	}
	return
}

// load reads eight samples, or what is left of them at a plane's end.
func load(samples []uint8, at int) uint64 {
	if at+lanes <= len(samples) {
		return binary.LittleEndian.Uint64(samples[at:])
	}
	return loadLast(samples[min(at, len(samples)):])
}

func loadLast(samples []uint8) uint64 {
	var word [lanes]uint8
	copy(word[:], samples)
	return binary.LittleEndian.Uint64(word[:])
}

// gather sums pixels along two rows at once from the words that blend left,
// the first of which is for the plane's column number from.
func (a *axis) gather(upper, lower []float32, words []uint64, from int) {
	start := a.start[:len(upper)]
	lower = lower[:len(upper)]
	if a.taps == 4 {
		for x := range upper {
			w := (*[4]uint64)(a.weight[4*x:])
			s := (*[4]uint64)(words[start[x]-from:])
			upper[x], lower[x] = unpack((w[0]*s[0] + w[1]*s[1]) + (w[2]*s[2] + w[3]*s[3]))
		}
		return
	}
	for x := range upper {
		weights := a.weightsOf(x)
		samples := words[start[x]-from:][:len(weights)]
		var even, odd uint64
		for len(weights) >= 4 && len(samples) >= 4 {
			even += weights[0]*samples[0] + weights[2]*samples[2]
			odd += weights[1]*samples[1] + weights[3]*samples[3]
			weights, samples = weights[4:], samples[4:]
		}
		upper[x], lower[x] = unpack(even + odd)
	}
}

func unpack(sums uint64) (low, high float32) {
	return float32(int32(uint32(sums) - bias)), float32(int32(uint32(sums>>32) - bias))
}
