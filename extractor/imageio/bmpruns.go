package imageio

// expandRuns decodes the run lengths of a BMP file to one byte for each pixel.
// Pixels that no run reaches have index 0; what lies outside is dropped.
func expandRuns(runs []byte, h bmpHeader) []byte {
	r := runReader{h: h, indices: make([]byte, h.width*h.height)}
	for len(runs) >= 2 {
		count, value := int(runs[0]), runs[1]
		runs = runs[2:]
		switch {
		case count > 0:
			for i := range count {
				r.put(r.nibble(value, i))
			}
		case value == 0:
			r.x, r.y = 0, r.y+1
		case value == 1:
			return r.indices
		case value == 2:
			if len(runs) < 2 {
				return r.indices
			}
			r.x, r.y = r.x+int(runs[0]), r.y+int(runs[1])
			runs = runs[2:]
		default:
			count := int(value)
			size := (count*h.bits + 7) / 8
			if size > len(runs) {
				return r.indices
			}
			for i := range count {
				r.put(r.nibble(runs[i*h.bits/8], i))
			}
			runs = runs[min(size+size%2, len(runs)):]
		}
	}
	return r.indices
}

// runReader writes indices where runs lead it.
type runReader struct {
	h       bmpHeader
	indices []byte
	x, y    int
}

// nibble is pixel i's index in a byte that holds one, or two in turn.
func (r *runReader) nibble(value byte, i int) byte {
	if r.h.bits == 8 {
		return value
	}
	if i%2 == 0 {
		return value >> 4
	}
	return value & 15
}

func (r *runReader) put(index byte) {
	if r.x < r.h.width && r.y < r.h.height {
		r.indices[r.y*r.h.width+r.x] = index
	}
	r.x++
}
