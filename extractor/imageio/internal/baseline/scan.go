package baseline

import (
	"context"
	"encoding/binary"
)

// readScan decodes one scan, which may hold one component or all of them, and
// returns what follows it.
func (d *Decoder) readScan(ctx context.Context, header, data []byte) (rest []byte, err error) {
	if len(header) < 1 || len(header) < 4+2*int(header[0]) {
		return nil, ErrUnsupported
	}
	var members []*component
	for i := range int(header[0]) {
		c := d.component(header[1+2*i])
		if c == nil || c.done {
			return nil, ErrUnsupported
		}
		c.dc, c.ac = header[2+2*i]>>4, header[2+2*i]&15
		if c.dc > 3 || c.ac > 3 || !d.defined(c) {
			return nil, ErrUnsupported
		}
		c.done = true
		members = append(members, c)
	}
	s := scan{Decoder: d, members: members, data: data}
	switch len(members) {
	case 1:
		s.decodeSingle(ctx)
	case len(d.components):
		s.decodeInterleaved(ctx)
	default:
		return nil, ErrUnsupported
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.truncated {
		return nil, ErrTruncated
	}
	return s.data, nil
}

func (d *Decoder) component(name byte) *component {
	for i := range d.components {
		if d.components[i].name == name {
			return &d.components[i]
		}
	}
	return nil
}

func (d *Decoder) defined(c *component) bool {
	return d.known[0]>>c.quant&1 == 1 && d.known[1]>>c.dc&1 == 1 && d.known[2]>>c.ac&1 == 1
}

// scan is a scan being decoded, restart interval by restart interval.
type scan struct {
	*Decoder
	members   []*component
	data      []byte // what has not been split into intervals yet
	bits      bitReader
	marker    byte // which ends the current interval, 0 if the file ends it
	truncated bool
}

func (s *scan) decodeInterleaved(ctx context.Context) {
	first := s.members[0]
	across, down := first.columns/first.h, first.rows/first.v
	for unit := range across * down {
		x, y := unit%across, unit/across
		if x == 0 && ctx.Err() != nil {
			return
		}
		s.startUnit(unit)
		for _, c := range s.members {
			for v := range c.v {
				for h := range c.h {
					s.decodeBlock(c, x*c.h+h, y*c.v+v)
				}
			}
		}
	}
	s.endInterval()
}

// decodeSingle decodes a scan of one component, which holds its blocks row by
// row without the padding to whole coded units.
func (s *scan) decodeSingle(ctx context.Context) {
	c := s.members[0]
	across, down := ceilDiv(c.width, 8), ceilDiv(c.height, 8)
	for unit := range across * down {
		x, y := unit%across, unit/across
		if x == 0 && ctx.Err() != nil {
			return
		}
		s.startUnit(unit)
		s.decodeBlock(c, x, y)
	}
	s.endInterval()
}

// startUnit goes to the next restart interval where one begins with unit. Where
// its marker is missing the interval counts as empty.
func (s *scan) startUnit(unit int) {
	if unit > 0 {
		if s.restart == 0 || unit%s.restart != 0 {
			return
		}
		s.endInterval()
		if s.marker < markerRST0 || s.marker > markerRST7 {
			s.bits.reset(append(s.entropy[:0], make([]byte, padding)...))
			return
		}
		s.data = s.data[2:]
	}
	for _, c := range s.members {
		c.predictor = 0
	}
	s.entropy, s.marker, s.data = nextInterval(s.entropy, s.data)
	s.bits.reset(s.entropy)
}

// endInterval notes when the interval has been read beyond the file's end. One
// that a marker ends too early counts as damaged, not truncated.
func (s *scan) endInterval() {
	if s.marker == 0 && s.bits.overrun() {
		s.truncated = true
	}
}

// decodeBlock decodes the block in the given column and row of c, and
// transforms it if its samples are kept.
func (s *scan) decodeBlock(c *component, column, row int) {
	last := s.readBlock(c)
	kept := column >= c.keep.Min.X && column < c.keep.Max.X && row >= c.keep.Min.Y && row < c.keep.Max.Y
	if side := c.overview.side; side > 0 {
		b := &s.block
		if kept && side > 1 && last > 0 {
			s.copied = s.block
			b = &s.copied
		}
		c.overview.transform(c, b, column, row, last)
	}
	if kept {
		c.decoded.transform(c, &s.block, column, row, last)
	}
}

func (s *samples) transform(c *component, b *block, column, row, last int) {
	stride := c.columns * s.side
	b.transform(s.of[(row*stride+column)*s.side:], stride, s.side, last)
}

// readBlock decodes a block's coefficients, times their quantisation, and
// returns the place of the last one in the file's order.
//
// Most of the time of decoding a photo is spent here, on the chain from the
// bits ahead through the table to the bits after them. So that chain is kept
// short (one look, one shift) and the bits in registers.
func (s *scan) readBlock(c *component) (last int) {
	quant, dc, ac := &s.quant[c.quant&3], &s.dc[c.dc&3], &s.ac[c.ac&3]
	out := &s.block
	*out = block{}
	data, at, ahead, count := s.bits.data, s.bits.at, s.bits.ahead, s.bits.count

	if count < 32 {
		ahead |= binary.BigEndian.Uint64(data[at:]) >> (count & 63)
		at, count = advance(at, count, len(data)), count|56
	}
	code := dc.look(ahead)
	c.predictor += code.value(ahead)
	out[0] = c.predictor * quant[0]
	ahead <<= code.bits() & 63
	count -= code.bits()

	for k := 1; k < 64; k++ {
		if count < 32 {
			ahead |= binary.BigEndian.Uint64(data[at:]) >> (count & 63)
			at, count = advance(at, count, len(data)), count|56
		}
		code := ac.short[ahead>>(64-lookAhead)]
		if code == 0 {
			code = ac.long(ahead)
		}
		if code.size() == 0 {
			ahead <<= code.bits() & 63
			count -= code.bits()
			if code.run() < 15 {
				break
			}
			k += 15
			continue
		}
		k += code.run()
		if k < 64 {
			out[naturalOrder[k]&63] = code.value(ahead) * quant[k]
			last = k
		}
		ahead <<= code.bits() & 63
		count -= code.bits()
	}
	s.bits.at, s.bits.ahead, s.bits.count = at, ahead, count
	return last
}

// naturalOrder leads from a coefficient's place in the file to its place in
// the block, row by row: the zigzag of ITU-T T.81, figure 5.
var naturalOrder = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}
