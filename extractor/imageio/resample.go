package imageio

// channel resamples one plane, two rows of the crop at a time.
type channel struct {
	plane        plane
	down, across axis
	from, to     int // samples of a row that the crop needs
	rows         []rowTap
	columns      []uint64 // the rows, blended
	sums         []uint64 // the result: the kept pixels of the two rows
}

func (c *channel) prepare(p plane, horizontal, vertical side, f *filter) {
	c.plane = p
	c.down.resample(vertical, f, p.down)
	c.across.resample(horizontal, f, p.across)
	from, to := c.across.span()
	c.from, c.to = from, min(to, p.across.length)
	c.columns = grow(c.columns, to-from)
	c.sums = grow(c.sums, horizontal.crop)
}

// resample computes rows y and y+1; a last row without a next one is computed
// twice.
func (c *channel) resample(y int) {
	c.listRows(y, min(y+1, len(c.down.start)-1))
	blend(c.columns[:c.to-c.from], c.rows)
	c.across.gather(c.sums, c.columns, c.from)
}

// listRows lists the rows of samples that rows upper and lower of the crop are
// blended from.
func (c *channel) listRows(upper, lower int) {
	c.rows = c.rows[:0]
	first := min(c.down.start[upper], c.down.start[lower])
	last := max(c.down.start[upper], c.down.start[lower]) + c.down.taps
	for row := first; row < min(last, c.plane.down.length); row++ {
		weights := c.down.weightFor(upper, row) + c.down.weightFor(lower, row)<<32
		if weights != 0 {
			at := row * c.plane.stride
			c.rows = append(c.rows, rowTap{c.plane.samples[at+c.from : at+c.to], weights})
		}
	}
}
