package imageio

// sampler resamples planes that lie in a picture alike, one or two, two rows
// of the crop at a time.
type sampler struct {
	down, across axis
	channels     []channel
}

// channel is a plane and what is made of it.
type channel struct {
	plane   plane
	rows    []rowTap
	columns []uint64 // the rows, blended
	sums    []uint64 // the result: the kept pixels of two rows
}

func (s *sampler) prepare(planes []plane, horizontal, vertical side, f *filter) {
	s.down.resample(vertical, f, planes[0].down)
	s.across.resample(horizontal, f, planes[0].across)
	s.channels = grow(s.channels, len(planes))
	for i := range s.channels {
		c := &s.channels[i]
		c.plane = planes[i]
		c.columns = grow(c.columns, s.across.span)
		c.sums = grow(c.sums, horizontal.crop)
	}
}

// release drops the references to the picture's memory, which may be large.
func (s *sampler) release() {
	for i := range s.channels {
		c := &s.channels[i]
		c.plane = plane{}
		clear(c.rows)
	}
}

// resample computes rows y and y+1; a last row without a next one is computed
// twice.
func (s *sampler) resample(y int) {
	first := s.across.first
	needed := min(s.across.span, s.channels[0].plane.across.length-first)
	for i := range s.channels {
		c := &s.channels[i]
		c.rows = c.rows[:0]
		for row, weights := range s.down.pairs(y) {
			at := row*c.plane.stride + first
			c.rows = append(c.rows, rowTap{c.plane.samples[at : at+needed], weights})
		}
		blend(c.columns[:needed], c.rows)
	}
	one := &s.channels[0]
	if len(s.channels) == 1 {
		s.across.gather(one.sums, one.columns)
		return
	}
	two := &s.channels[1]
	s.across.gatherBoth(one.sums, one.columns, two.sums, two.columns)
}
