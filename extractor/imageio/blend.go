package imageio

import "encoding/binary"

// Two 32-bit lanes in each 64-bit word are the vector unit here: Go offers no
// other, and a lane has room for what is summed in it. Samples of 8 bits are
// first summed down the columns with weights of 22 bits; rounded to 1/128 of
// a level they are then summed along the row with weights of 15 bits. A bias
// keeps a lane from going negative, which would borrow from its neighbour,
// and its upper half leaves room for the overshoot of a cubic filter.
const (
	one        = 1 << 22
	acrossBits = 15
	oneAcross  = 1 << acrossBits
	bias       = 1 << 30
	bothLanes  = 1<<32 | 1

	group   = 8                   // samples taken at a time
	inGroup = 0x000000ff_000000ff // two of them, four apart
)

// rowTap is one row's part in a blend.
type rowTap struct {
	at     int // of the first sample needed
	weight uint64
}

// tapsAtOnce is how many rows are blended in one pass.
const tapsAtOnce = 4

// blend sums rows of samples, each times its weight. Sums of samples 8i and
// 8i+4 go to word 4i of sums, of 8i+1 and 8i+5 to word 4i+1, and so on.
func blend(sums []uint64, samples []uint8, rows []rowTap) {
	for i := range sums {
		sums[i] = (bias + oneAcross/2) * bothLanes
	}
	for ; len(rows) >= tapsAtOnce; rows = rows[tapsAtOnce:] {
		addRows(sums, samples, (*[tapsAtOnce]rowTap)(rows))
	}
	if len(rows) > 0 {
		last := [tapsAtOnce]rowTap{rows[0], rows[0], rows[0], rows[0]}
		for i := range last {
			last[i].weight = 0
		}
		copy(last[:], rows)
		addRows(sums, samples, &last)
	}
}

func addRows(sums []uint64, samples []uint8, rows *[tapsAtOnce]rowTap) {
	n := len(sums) / 4 * group
	r0, w0 := samples[rows[0].at:][:n], rows[0].weight
	r1, w1 := samples[rows[1].at:][:n], rows[1].weight
	r2, w2 := samples[rows[2].at:][:n], rows[2].weight
	r3, w3 := samples[rows[3].at:][:n], rows[3].weight
	for x := 0; x <= n-group; x += group {
		a := binary.LittleEndian.Uint64(r0[x : x+group])
		b := binary.LittleEndian.Uint64(r1[x : x+group])
		c := binary.LittleEndian.Uint64(r2[x : x+group])
		d := binary.LittleEndian.Uint64(r3[x : x+group])
		s := (*[4]uint64)(sums[x/2:])
		s[0] += a&inGroup*w0 + b&inGroup*w1 + c&inGroup*w2 + d&inGroup*w3
		s[1] += a>>8&inGroup*w0 + b>>8&inGroup*w1 + c>>8&inGroup*w2 + d>>8&inGroup*w3
		s[2] += a>>16&inGroup*w0 + b>>16&inGroup*w1 + c>>16&inGroup*w2 + d>>16&inGroup*w3
		s[3] += a>>24&inGroup*w0 + b>>24&inGroup*w1 + c>>24&inGroup*w2 + d>>24&inGroup*w3
	}
}

// pairRows rounds the sums of two rows and puts those of one column into one
// word, the upper row in its lower lane.
func pairRows(pairs, upper, lower []uint64) {
	const (
		low  = 1<<(32-acrossBits) - 1
		high = low << 32
		up   = 32 - acrossBits
	)
	for len(pairs) >= group && len(upper) >= 4 && len(lower) >= 4 {
		out, u, l := (*[group]uint64)(pairs), (*[4]uint64)(upper), (*[4]uint64)(lower)
		for i := range 4 {
			out[i] = u[i]>>acrossBits&low | l[i]<<up&high
			out[i+4] = u[i]>>(32+acrossBits) | l[i]>>acrossBits&high
		}
		pairs, upper, lower = pairs[group:], upper[4:], lower[4:]
	}
}

// gather sums the kept pixels of two rows from paired columns, the first of
// which is the plane's column number from. A sum is bias plus level times one.
func (a *axis) gather(dst, pairs []uint64, from int) {
	start := a.start[:len(dst)]
	if a.taps == 4 {
		weight := a.weight
		for x := range dst {
			w := (*[4]uint64)(weight[4*x:])
			s := (*[4]uint64)(pairs[start[x]-from:])
			dst[x] = (w[0]*s[0] + w[1]*s[1]) + (w[2]*s[2] + w[3]*s[3])
		}
		return
	}
	for x := range dst {
		weights := a.weightsOf(x)
		samples := pairs[start[x]-from:][:len(weights)]
		var even, odd uint64
		for len(weights) >= 4 && len(samples) >= 4 {
			even += weights[0]*samples[0] + weights[2]*samples[2]
			odd += weights[1]*samples[1] + weights[3]*samples[3]
			weights, samples = weights[4:], samples[4:]
		}
		dst[x] = even + odd
	}
}
