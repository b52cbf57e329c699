package heif

// Colours says what a picture's planes hold, in the numbers of ITU-T H.273.
type Colours struct {
	Matrix    int // coefficients; 0: the planes are green, blue and red
	Primaries int
	Full      bool // range
}

// Plane is samples of 8 bits.
type Plane struct {
	Pix    []byte
	Stride int
}

// Picture is a decoded picture: one plane of grey, or three, which are Y', Cb and
// Cr unless Colours says otherwise.
type Picture struct {
	Width, Height int
	Chroma        int // 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
	Planes        []Plane
	Colours       Colours
}

// newPicture is a picture with memory of its own.
func newPicture(width, height, chroma int, colours Colours) *Picture {
	p := &Picture{Width: width, Height: height, Chroma: chroma, Colours: colours}
	for i := range planesOf(chroma) {
		w, h := planeSize(width, height, chroma, i)
		p.Planes = append(p.Planes, Plane{make([]byte, w*h), w})
	}
	return p
}

// pictureBytes is the memory that newPicture takes.
func pictureBytes(width, height, chroma int) (bytes int64) {
	for i := range planesOf(chroma) {
		w, h := planeSize(width, height, chroma, i)
		bytes += int64(w) * int64(h)
	}
	return bytes
}

// bits are those of the samples that have most.
func (d *decoded) bits() int {
	return max(d.planes[0].bits, d.planes[1].bits, d.planes[2].bits)
}

// borrowed is a decoded picture of 8 bits without a copy, or nil if it has more.
func (d *decoded) borrowed() *Picture {
	p := &Picture{Width: d.width, Height: d.height, Chroma: d.chroma, Colours: d.colours}
	for _, plane := range d.planes[:planesOf(d.chroma)] {
		if plane.bits != 8 {
			return nil
		}
		p.Planes = append(p.Planes, Plane{plane.pix, plane.stride})
	}
	return p
}

// copyTo writes what of a decoded picture lies within another of the same chroma,
// in which its first pixel is at x, y. It becomes one of 8 bits.
func (d *decoded) copyTo(p *Picture, x, y int) {
	for i, plane := range d.planes[:planesOf(d.chroma)] {
		width, height := planeSize(d.width, d.height, d.chroma, i)
		dst := p.Planes[i]
		across, down := planeSize(p.Width, p.Height, p.Chroma, i)
		left, top := planeStart(x, y, p.Chroma, i)
		width, height = min(width, across-left), min(height, down-top)
		var table []byte
		if plane.bits > 8 {
			table = levelsOf(plane.bits, d.colours.Full, i > 0 && d.colours.Matrix != GBR)
		}
		for row := range max(height, 0) {
			to := dst.Pix[(top+row)*dst.Stride+left:][:max(width, 0)]
			from := plane.pix[row*plane.stride:]
			if plane.bits == 8 {
				copy(to, from)
				continue
			}
			for i := range to {
				to[i] = table[int(from[2*i])|int(from[2*i+1])<<8&(len(table)-1)]
			}
		}
	}
}

// levelsOf are the levels of 8 bits by those of more (ITU-T H.273, equations 23 to
// 31): white is the highest of all levels, or a multiple of that of video.
func levelsOf(bits int, full, chroma bool) []byte {
	table := make([]byte, 1<<bits)
	middle := 0.
	if chroma {
		middle = 128
	}
	scale := 1 / float64(int(1)<<(bits-8))
	if full {
		scale = 255 / float64(len(table)-1)
	}
	offset := middle / 256 * float64(len(table))
	for i := range table {
		table[i] = byte(min(max((float64(i)-offset)*scale+middle+0.5, 0), 255))
	}
	return table
}

// planeStart is where in a plane the pixel x, y of a picture lies.
func planeStart(x, y, chroma, plane int) (int, int) {
	if plane > 0 && chroma <= 2 {
		x /= 2
	}
	if plane > 0 && chroma <= 1 {
		y /= 2
	}
	return x, y
}

// crop keeps a part of the picture. Where chroma has fewer samples and the part
// begins between two of them, chroma begins half a sample early.
func (p *Picture) crop(part rectangle) {
	for i := range p.Planes {
		left, top := planeStart(part.x, part.y, p.Chroma, i)
		p.Planes[i].Pix = p.Planes[i].Pix[top*p.Planes[i].Stride+left:]
	}
	p.Width, p.Height = part.width, part.height
}

// turned is the picture turned, in memory of its own unless it is upright.
func (p *Picture) turned(t Turn) (*Picture, error) {
	if t == (Turn{}) {
		return p, nil
	}
	width, height := p.Width, p.Height
	if t.Quarters%2 == 1 {
		width, height = height, width
		if p.Chroma == 2 {
			return nil, errDamaged // its chroma has no such form
		}
	}
	out := newPicture(width, height, p.Chroma, p.Colours)
	for i, to := range out.Planes {
		from := p.Planes[i]
		across, down := planeSize(width, height, p.Chroma, i)
		for y := range down {
			for x := range across {
				w, h, left, top := across, down, x, y
				if t.Mirrored {
					left = w - 1 - left
				}
				for range t.Quarters {
					w, h = h, w
					left, top = w-1-top, left
				}
				to.Pix[y*to.Stride+x] = from.Pix[top*from.Stride+left]
			}
		}
	}
	return out, nil
}
