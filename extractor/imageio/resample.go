package imageio

// channel resamples one plane, two rows of the crop at a time.
type channel struct {
	plane        plane
	down         axis
	across       axis
	from, to     int // samples of a row that the crop needs
	upper, lower []rowTap
	blended      []uint64
	rows         [2][]float32 // the result, in units of 1/one
}

func (c *channel) prepare(p plane, horizontal, vertical side, f filter) {
	c.plane = p
	c.down.resample(vertical, f, p.down, one)
	c.across.resample(horizontal, f, p.across, oneAcross)
	c.from, c.to = c.across.span()
	c.blended = grow(c.blended, roundUp(c.to-c.from, lanes))
	for i := range c.rows {
		c.rows[i] = grow(c.rows[i], horizontal.crop)
	}
}

// resample computes rows y and, unless it is beyond the crop, y+1.
func (c *channel) resample(y int) {
	c.upper = c.rowTaps(c.upper, y)
	c.lower = c.lower[:0]
	if y+1 < len(c.down.start) {
		c.lower = c.rowTaps(c.lower, y+1)
	}
	blend(c.blended, c.plane.samples, c.upper, c.lower)
	c.across.gather(c.rows[0], c.rows[1], c.blended, c.from)
}

// rowTaps lists, in the memory of taps, what row y of the crop is blended from.
func (c *channel) rowTaps(taps []rowTap, y int) []rowTap {
	taps = taps[:0]
	for k, weight := range c.down.weightsOf(y) {
		if weight != 0 {
			taps = append(taps, rowTap{(c.down.start[y]+k)*c.plane.stride + c.from, weight})
		}
	}
	return taps
}
