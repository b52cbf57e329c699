package imageio

// expandRuns decodes the run lengths of a BMP file to one byte for each pixel, or
// three. Pixels that no run reaches have index 0; what lies outside is dropped.
func expandRuns(runs []byte, h bmpHeader) []byte {
	unit := max(h.bits/8, 1)
	r := runReader{h: h, unit: unit, pixels: make([]byte, unit*h.width*h.height)}
	for len(runs) >= 2 {
		count, value := int(runs[0]), runs[1]
		switch {
		case count > 0:
			if len(runs) < 1+unit {
				return r.pixels
			}
			for i := range count {
				r.put(runs[1:1+unit], i)
			}
			runs = runs[1+unit:]
			continue
		case value == 0:
			r.x, r.y = 0, r.y+1
		case value == 1:
			return r.pixels
		case value == 2:
			if len(runs) < 4 {
				return r.pixels
			}
			r.x, r.y = r.x+int(runs[2]), r.y+int(runs[3])
			runs = runs[2:]
		default:
			count := int(value)
			size := (count*h.bits + 7) / 8
			if size > len(runs)-2 {
				return r.pixels
			}
			for i := range count {
				r.put(runs[2+i*h.bits/8:], i)
			}
			runs = runs[min(size+size%2, len(runs)-2):]
		}
		runs = runs[2:]
	}
	return r.pixels
}

// runReader writes pixels where runs lead it.
type runReader struct {
	h      bmpHeader
	unit   int // bytes of a pixel
	pixels []byte
	x, y   int
}

// put writes pixel i, whose bytes come first in data; of pixels of half a byte, two
// take turns in one.
func (r *runReader) put(data []byte, i int) {
	if r.x < r.h.width && r.y < r.h.height {
		at := r.pixels[r.unit*(r.y*r.h.width+r.x):][:r.unit]
		copy(at, data)
		switch {
		case r.h.bits != 4:
		case i%2 == 0:
			at[0] >>= 4
		default:
			at[0] &= 15
		}
	}
	r.x++
}
