package heif

// Matrices of ITU-T H.273 whose planes are not Y', Cb and Cr.
const (
	GBR     = 0
	YCgCo   = 8
	ycgcoRe = 16 // without loss: two bits more than red, green and blue have
	ycgcoRo = 17 // one bit more
)

// isLossless tells whether a picture is of the two kinds of YCgCo that need all of
// its bits.
func (d *decoded) isLossless() bool {
	return (d.colours.Matrix == ycgcoRe || d.colours.Matrix == ycgcoRo) && d.chroma == 3 && d.planes[0].bits > 8 && d.planes[1].bits == d.planes[0].bits
}

// gbr is the picture of green, blue and red that such planes hold (ITU-T H.273,
// equations 63 to 72).
func (d *decoded) gbr() *Picture {
	p := newPicture(d.width, d.height, 3, Colours{Matrix: GBR, Full: true})
	bits := d.planes[0].bits
	middle, extra := 1<<(bits-1), 2
	if d.colours.Matrix == ycgcoRo {
		extra = 1
	}
	most := 1<<(bits-extra) - 1
	level := func(v int) byte { return byte((min(max(v, 0), most)*255 + most/2) / most) }
	for y := range d.height {
		at := func(plane, x int) int {
			s := d.planes[plane]
			pair := s.pix[y*s.stride+2*x:][:2]
			return int(pair[0]) | int(pair[1])<<8
		}
		for x := range d.width {
			cg, co := at(1, x)-middle, at(2, x)-middle
			t := at(0, x) - cg>>1
			green, blue := cg+t, t-co>>1
			i := y*d.width + x
			p.Planes[0].Pix[i], p.Planes[1].Pix[i], p.Planes[2].Pix[i] = level(green), level(blue), level(blue+co)
		}
	}
	return p
}

// isSparse tells whether a file says that a picture is YCgCo, of which the
// resampler wants all samples.
func (s *source) isSparse() bool {
	return s.colours != nil && s.colours.Matrix == YCgCo && (s.chroma == 1 || s.chroma == 2)
}

// dense repeats chroma for each pixel.
func (p *Picture) dense() *Picture {
	if p.Chroma == 0 || p.Chroma == 3 {
		return p
	}
	out := &Picture{Width: p.Width, Height: p.Height, Chroma: 3, Planes: []Plane{p.Planes[0]}, Colours: p.Colours}
	for i, from := range p.Planes[1:] {
		pix := make([]byte, p.Width*p.Height)
		for y := range p.Height {
			for x := range p.Width {
				left, top := planeStart(x, y, p.Chroma, i+1)
				pix[y*p.Width+x] = from.Pix[top*from.Stride+left]
			}
		}
		out.Planes = append(out.Planes, Plane{pix, p.Width})
	}
	return out
}
