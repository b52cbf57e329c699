package tiff

import "io"

// packBits decodes PackBits (TIFF 6.0, section 9).
type packBits struct {
	data    []byte
	literal int // bytes to come that stand for themselves
	run     int // times the next byte is to come
}

func (p *packBits) Read(out []byte) (n int, err error) {
	for n < len(out) && len(p.data) > 0 {
		switch {
		case p.literal > 0:
			copied := copy(out[n:], p.data[:min(p.literal, len(p.data))])
			p.data, p.literal, n = p.data[copied:], p.literal-copied, n+copied
		case p.run > 0:
			out[n] = p.data[0]
			n++
			if p.run--; p.run == 0 {
				p.data = p.data[1:]
			}
		default:
			p.start(int(int8(p.data[0])))
			p.data = p.data[1:]
		}
	}
	if n < len(out) {
		err = io.EOF
	}
	return n, err
}

// start begins what a byte announces, which is nothing for -128.
func (p *packBits) start(announced int) {
	switch {
	case announced >= 0:
		p.literal = announced + 1
	case announced > -128:
		p.run = 1 - announced
	}
}
