package jpeg

import (
	"context"
	"encoding/binary"
)

// band is what a scan of a progressive file holds (ITU-T T.81, annex G): some of
// each block's coefficients, down to one of their bits.
type band struct {
	first, last int  // coefficients, in the order of the file
	refines     bool // by a bit; else they are new
	low         uint // the lowest bit
	ended       int  // blocks to come that have no new coefficients
}

// newBand reads the end of a scan's header. The rules are those of libjpeg.
func newBand(header []byte) (b band, ok bool) {
	high := header[2] >> 4
	b = band{first: int(header[0]), last: int(header[1]), refines: high > 0, low: uint(header[2] & 15)}
	const mostBits = 13
	switch {
	case b.first == 0 && b.last > 0, b.first > b.last, b.last >= blockSize, b.low > mostBits:
		return b, false
	case b.refines && b.low+1 != uint(high):
		return b, false
	}
	return b, true
}

// readBand decodes what the scan holds of one block.
func (s *scan) readBand(c *component, column, row int) {
	of := (*[blockSize]int16)(c.coefficients[(row*c.columns+column)*blockSize:])
	switch {
	case s.band.first > 0 && s.band.refines:
		s.refine(c, of)
	case s.band.first > 0:
		s.readNew(c, of)
	case s.band.refines:
		s.bits.fill()
		of[0] |= int16(s.bits.ahead>>63) << s.band.low
		s.bits.skip(1)
	default:
		s.bits.fill()
		dc := &s.dc[c.dc&3]
		code := dc.short[s.bits.ahead>>(64-lookAhead)]
		if code == 0 {
			code = s.long(dc, s.bits.ahead)
		}
		c.predictor += code.value(s.bits.ahead)
		of[0] = int16(c.predictor << s.band.low)
		s.bits.skip(code.bits())
	}
}

// readNew decodes coefficients that no scan has held before (G.1.2.2).
func (s *scan) readNew(c *component, of *[blockSize]int16) {
	if s.band.ended > 0 {
		s.band.ended--
		return
	}
	ac, low, final := &s.ac[c.ac&3], s.band.low, s.band.last
	data, at, ahead, count := s.bits.data, s.bits.at, s.bits.ahead, s.bits.count
	for k := s.band.first; k <= final; k++ {
		if count < 32 {
			ahead |= binary.BigEndian.Uint64(data[at:]) >> (count & 63)
			at, count = advance(at, count, len(data)), count|56
		}
		code := ac.short[ahead>>(64-lookAhead)]
		if code == 0 {
			code = s.long(ac, ahead)
		}
		if code.size() == 0 {
			run := uint(code.run())
			ahead <<= code.bits() & 63
			count -= code.bits()
			if run < 15 {
				s.band.ended = 1<<run - 1 + int(ahead>>1>>(63-run))
				ahead <<= run
				count -= run
				break
			}
			k += 15
			continue
		}
		k += code.run()
		if k <= final {
			of[k&63] = int16(code.value(ahead) << low)
		} else {
			s.damaged = true
		}
		ahead <<= code.bits() & 63
		count -= code.bits()
	}
	s.bits.at, s.bits.ahead, s.bits.count = at, ahead, count
}

// refine decodes the next bit of known coefficients, and coefficients that this
// bit is the first of (G.1.2.3).
func (s *scan) refine(c *component, of *[blockSize]int16) {
	b, k := &s.bits, s.band.first
	for s.band.ended == 0 && k <= s.band.last {
		b.fill()
		ac := &s.ac[c.ac&3]
		code := ac.short[b.ahead>>(64-lookAhead)]
		if code == 0 {
			code = s.long(ac, b.ahead)
		}
		b.skip(code.length())
		run, value := uint(code.run()), int16(0)
		switch {
		case code.size() > 0:
			s.damaged = s.damaged || code.size() > 1
			value = -1 << s.band.low
			if b.ahead>>63 == 1 {
				value = 1 << s.band.low
			}
			b.skip(1)
		case run < 15:
			s.band.ended = 1<<run + int(b.ahead>>1>>(63-run))
			b.skip(run)
			continue
		}
		k = s.correct(of, k, int(run))
		if value != 0 && k <= s.band.last {
			of[k] = value
		}
		s.damaged = s.damaged || value != 0 && k > s.band.last
		k++
	}
	if s.band.ended > 0 {
		s.correct(of, k, blockSize)
		s.band.ended--
	}
}

// correct decodes a bit of each known coefficient from k on, up to the unknown one
// after as many as zeros, and returns the place of that.
func (s *scan) correct(of *[blockSize]int16, k, zeros int) int {
	b, bit := &s.bits, int16(1)<<s.band.low
	for ; k <= s.band.last; k++ {
		v := of[k&63]
		if v == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		b.fill()
		if b.ahead>>63 == 1 && v&bit == 0 {
			if v < 0 {
				bit = -bit
			}
			of[k&63] = v + bit
			bit = 1 << s.band.low
		}
		b.skip(1)
	}
	return k
}

// transformAll transforms the blocks of a progressive file after its last scan.
func (d *Decoder) transformAll(ctx context.Context) error {
	for i := range d.components {
		c := &d.components[i]
		for row := range c.rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			for column := range c.columns {
				of := (*[blockSize]int16)(c.coefficients[(row*c.columns+column)*blockSize:])
				last := 0
				d.block = block{}
				for k, v := range of {
					if v != 0 {
						d.block[naturalOrder[k]&63] = int32(v) * c.factors[k]
						last = k
					}
				}
				d.place(c, column, row, last)
			}
		}
	}
	return nil
}
