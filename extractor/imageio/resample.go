package imageio

import "encoding/binary"

// channel resamples one plane, row by row: first the rows under a row of the
// crop are blended into one, then its samples are gathered into pixels.
type channel struct {
	plane    plane
	down     axis
	across   axis
	from, to int       // samples of a row that the crop needs
	rows     []rowTap  // what the row in hand is blended from
	blended  []float32 // in units of 1/one
	row      []float32 // the result
}

// rowTap is one row's part in a blend.
type rowTap struct {
	at     int    // of its first sample needed
	weight uint64 // in units of 1/one, two's complement
}

func (c *channel) prepare(p plane, horizontal, vertical side, f filter) {
	c.plane = p
	c.down.resample(vertical, f, p.down)
	c.across.resample(horizontal, f, p.across)
	for i := range c.across.weight {
		c.across.weight[i] /= one
	}
	c.from, c.to = c.across.span()
	c.blended = grow(c.blended, roundUp(c.to-c.from, lanes))
	c.row = grow(c.row, horizontal.crop)
}

// resample computes row y of the crop into c.row.
func (c *channel) resample(y int) {
	c.rows = c.rows[:0]
	for k, w := range c.down.weightsOf(y) {
		if w != 0 {
			at := (c.down.start[y]+k)*c.plane.stride + c.from
			c.rows = append(c.rows, rowTap{at, uint64(int64(w * one))})
		}
	}
	blend(c.blended, c.plane.samples, c.rows)
	c.across.gather(c.row, c.blended, c.from)
}

// blend works on eight samples at a time, two to a 64-bit word: a sample of 8
// bits times a weight of 22 leaves room in its half of the word for the
// overshoot of a cubic filter. Go has no vector instructions to offer; this
// is three times as fast as a loop over floats.
const (
	lanes    = 8
	one      = 1 << 22
	bias     = 1 << 30 // keeps a lane from going negative and borrowing from its neighbour
	biasPair = bias<<32 | bias
	pair     = 0x000000ff_000000ff
)

// blend sums rows, each times its weight, into dst.
func blend(dst []float32, samples []uint8, rows []rowTap) {
	for x := 0; x+lanes <= len(dst); x += lanes {
		var s04, s15, s26, s37 uint64 = biasPair, biasPair, biasPair, biasPair
		for _, row := range rows {
			word := load(samples, row.at+x)
			s04 += word & pair * row.weight
			s15 += word >> 8 & pair * row.weight
			s26 += word >> 16 & pair * row.weight
			s37 += word >> 24 & pair * row.weight
		}
		out := (*[lanes]float32)(dst[x:])
		out[0], out[4] = unpack(s04)
		out[1], out[5] = unpack(s15)
		out[2], out[6] = unpack(s26)
		out[3], out[7] = unpack(s37)
	}
}

func unpack(sums uint64) (low, high float32) {
	return float32(int32(uint32(sums) - bias)), float32(int32(uint32(sums>>32) - bias))
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

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }
