package imageio

// channel resamples one plane, two rows of the crop at a time.
type channel struct {
	plane        plane
	down         axis
	across       axis
	from, to     int // samples of a row that the crop needs
	taps         []rowTap
	upper, lower []uint64
	pairs        []uint64
	sums         []uint64 // the result: for each pixel the upper row's sum and the lower's
}

func (c *channel) prepare(p plane, horizontal, vertical side, f filter) {
	c.down.resample(vertical, f, p.down, one)
	c.across.resample(horizontal, f, p.across, oneAcross)
	c.from, c.to = c.across.span()
	needed := roundUp(min(c.to, p.across.length)-c.from, group)
	c.plane = p.padded(c.from + needed)
	c.upper = grow(c.upper, needed/2)
	c.lower = grow(c.lower, needed/2)
	c.pairs = grow(c.pairs, max(needed, c.to-c.from))
	c.sums = grow(c.sums, horizontal.crop)
}

// resample computes rows y and y+1; a last row without a next one is computed
// twice.
func (c *channel) resample(y int) {
	blend(c.upper, c.plane.samples, c.rowTaps(y))
	blend(c.lower, c.plane.samples, c.rowTaps(min(y+1, len(c.down.start)-1)))
	pairRows(c.pairs, c.upper, c.lower)
	c.across.gather(c.sums, c.pairs, c.from)
}

// rowTaps lists what row y of the crop is blended from. The next call
// overwrites the list.
func (c *channel) rowTaps(y int) []rowTap {
	c.taps = c.taps[:0]
	for k, weight := range c.down.weightsOf(y) {
		if weight != 0 {
			c.taps = append(c.taps, rowTap{(c.down.start[y]+k)*c.plane.stride + c.from, weight})
		}
	}
	return c.taps
}
