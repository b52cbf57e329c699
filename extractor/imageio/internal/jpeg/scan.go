package jpeg

import (
	"context"
	"encoding/binary"
	"fmt"
)

// blockSize is the number of coefficients, and of full-size samples, in a block.
const blockSize = 64

// scan is a scan being decoded, restart interval by restart interval.
type scan struct {
	*Decoder
	members   []*component
	band      band   // of a progressive file
	data      []byte // what has not been split into intervals yet
	bits      bitReader
	marker    byte // which ends the current interval, 0 if the file ends it
	interval  int  // which of all it is
	exhausted bool // the current interval has no data any more
	damaged   bool // the current interval cannot be right from here on
	units     int
	lost      int // units after data was exhausted or damaged
	truncated bool
}

// readScan decodes one scan and returns what follows it.
func (d *Decoder) readScan(ctx context.Context, header, data []byte) (rest []byte, err error) {
	s := scan{Decoder: d, data: data}
	if err := s.readHeader(header); err != nil {
		return nil, err
	}
	if len(s.members) == 1 {
		s.decodeSingle(ctx)
	} else {
		s.decodeInterleaved(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case s.truncated:
		return nil, ErrTruncated
	case mostLost*s.lost > s.units:
		return nil, fmt.Errorf("the data is damaged: %.0f %% of the picture is lost", 100*float64(s.lost)/float64(s.units))
	}
	return s.data, nil
}

// Not more than 1/mostLost of a scan may be lost.
const mostLost = 10

func (s *scan) readHeader(header []byte) error {
	if len(header) < 1 || header[0] == 0 || len(header) < 4+2*int(header[0]) {
		return errScan
	}
	count := int(header[0])
	if s.progressive {
		var ok bool
		if s.band, ok = newBand(header[1+2*count:]); !ok || s.band.first > 0 && count > 1 {
			return errScan
		}
	}
	for i := range count {
		c := s.component(header[1+2*i])
		if c == nil {
			return errScan
		}
		c.dc, c.ac = header[2+2*i]>>4, header[2+2*i]&15
		if err := s.takeTables(c); err != nil {
			return err
		}
		s.members = append(s.members, c)
	}
	return nil
}

// component finds one that is not a member of the scan yet: some files give all
// the same name. Sequential files hold each once.
func (s *scan) component(name byte) *component {
next:
	for i := range s.components {
		c := &s.components[i]
		if c.name != name || c.done && !s.progressive {
			continue
		}
		for _, member := range s.members {
			if member == c {
				continue next
			}
		}
		return c
	}
	return nil
}

// takeTables makes sure that a component has its tables. Where Huffman tables are
// missing, as in the frames of motion JPEG, the usual ones are meant. The
// quantisation is what it is at the component's first scan.
func (s *scan) takeTables(c *component) error {
	if c.dc > 3 || c.ac > 3 {
		return errScan
	}
	if !c.done {
		if s.known[0]>>c.quant&1 == 0 {
			return errQuant
		}
		c.factors = s.quant[c.quant]
		c.done = true
	}
	if s.needsDC() && !s.knowsHuffman(0, c.dc) || s.needsAC() && !s.knowsHuffman(1, c.ac) {
		return errHuffman
	}
	return nil
}

func (s *scan) needsDC() bool { return !s.progressive || s.band.first == 0 && !s.band.refines }
func (s *scan) needsAC() bool { return !s.progressive || s.band.first > 0 }

func (s *scan) decodeInterleaved(ctx context.Context) {
	across, down := ceilDiv(s.width, 8*s.maxH), ceilDiv(s.height, 8*s.maxV)
	s.units = across * down
	for unit := range s.units {
		x, y := unit%across, unit/across
		if x == 0 && ctx.Err() != nil || !s.startUnit(unit) {
			return
		}
		for _, c := range s.members {
			for v := range c.v {
				for h := range c.h {
					s.decodeBlock(c, x*c.h+h, y*c.v+v)
				}
			}
		}
		s.endUnit()
	}
}

// decodeSingle decodes a scan of one component, which holds its blocks row by
// row without the padding to whole coded units.
func (s *scan) decodeSingle(ctx context.Context) {
	c := s.members[0]
	across, down := ceilDiv(c.width, 8), ceilDiv(c.height, 8)
	s.units = across * down
	for unit := range s.units {
		x, y := unit%across, unit/across
		if x == 0 && ctx.Err() != nil || !s.startUnit(unit) {
			return
		}
		s.decodeBlock(c, x, y)
		s.endUnit()
	}
}

// decodeBlock decodes what the scan holds of the block in the given column and
// row of c.
func (s *scan) decodeBlock(c *component, column, row int) {
	switch {
	case s.progressive:
		if !s.exhausted {
			s.readBand(c, column, row)
		}
		return
	case s.exhausted:
		s.block = block{}
		s.place(c, column, row, 0)
	default:
		last := s.readBlock(c)
		s.place(c, column, row, last)
	}
}

// place transforms the block if its samples are kept.
func (d *Decoder) place(c *component, column, row, last int) {
	kept := column >= c.keep.Min.X && column < c.keep.Max.X && row >= c.keep.Min.Y && row < c.keep.Max.Y
	if side := c.overview.side; side > 0 {
		b := &d.block
		if kept && side > 1 && last > 0 {
			d.copied = d.block
			b = &d.copied
		}
		c.overview.transform(c, b, column, row, last)
	}
	if kept {
		c.decoded.transform(c, &d.block, column, row, last)
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
	quant, dc, ac := &c.factors, &s.dc[c.dc&3], &s.ac[c.ac&3]
	out := &s.block
	*out = block{}
	data, at, ahead, count := s.bits.data, s.bits.at, s.bits.ahead, s.bits.count

	if count < 32 {
		ahead |= binary.BigEndian.Uint64(data[at:]) >> (count & 63)
		at, count = advance(at, count, len(data)), count|56
	}
	code := dc.short[ahead>>(64-lookAhead)]
	if code == 0 {
		code = s.long(dc, ahead)
	}
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
			code = s.long(ac, ahead)
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
		} else {
			s.damaged = true
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
