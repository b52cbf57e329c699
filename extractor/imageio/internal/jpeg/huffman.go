package jpeg

// lookAhead is how many bits a first look decodes; few codes are longer.
const lookAhead = 10

// code is a decoded symbol: the size in bits of the number after it, how many
// zeros come before that (ITU-T T.81, F.1.2.2), the length of its own bits, and
// of those and the number's together.
type code uint32

func newCode(symbol uint8, length int) code {
	return code(symbol) | code(length)<<8 | code(length+int(symbol&15))<<16
}

func (c code) size() uint   { return uint(c & 15) }
func (c code) run() int     { return int(c >> 4 & 15) }
func (c code) length() uint { return uint(c >> 8 & 31) }
func (c code) bits() uint   { return uint(c >> 16) }

// value is the number that follows the code in the bits ahead. A leading zero
// says that it is negative (ITU-T T.81, F.2.2.1).
func (c code) value(ahead uint64) int32 {
	ahead <<= c.length()
	negative := ^int32(int64(ahead) >> 63) // all ones or all zeros
	return int32(ahead>>1>>((63-c.size())&63)) + negative&(1-1<<c.size())
}

// huffman decodes the codes of one table.
type huffman struct {
	short [1 << lookAhead]code // by the bits ahead; 0 where more are needed
	// Longer codes of one length are consecutive numbers below limit, which
	// is aligned to 16 bits; offset leads from a number to its symbol.
	limit   [17]uint32
	offset  [17]int32
	symbols [256]uint8
}

// build makes the table that a DHT segment describes (ITU-T T.81, annex C)
// and returns how many symbols it read.
func (h *huffman) build(counts *[16]byte, symbols []byte) (used int, ok bool) {
	for _, n := range counts {
		used += int(n)
	}
	if used > 256 || used > len(symbols) {
		return 0, false
	}
	clear(h.short[:])
	copy(h.symbols[:], symbols[:used])
	number, first := uint32(0), 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		if number+uint32(n) > 1<<length {
			return 0, false
		}
		h.offset[length] = int32(first) - int32(number)
		if length <= lookAhead {
			spare := lookAhead - length
			for i := range n {
				entry := newCode(symbols[first+i], length)
				from := (number + uint32(i)) << spare
				for j := range uint32(1) << spare {
					h.short[from+j] = entry
				}
			}
		}
		number += uint32(n)
		first += n
		h.limit[length] = number << (16 - length)
		number <<= 1
	}
	return used, true
}

// long decodes a code of h that short does not hold. One that does not exist is
// damage, and counts as the symbol 0, as in libjpeg.
func (s *scan) long(h *huffman, ahead uint64) code {
	ahead16 := uint32(ahead >> 48)
	for length := lookAhead + 1; length <= 16; length++ {
		if ahead16 < h.limit[length] {
			symbol := int32(ahead16>>(16-length)) + h.offset[length]
			return newCode(h.symbols[symbol&255], length)
		}
	}
	s.damaged = true
	return newCode(0, 16)
}

// knowsHuffman tells whether a table has been defined, or is one of the usual.
func (d *Decoder) knowsHuffman(class int, id uint8) bool {
	if d.known[1+class]>>id&1 == 1 {
		return true
	}
	if int(id) >= len(usualHuffman[class]) {
		return false
	}
	d.known[1+class] |= 1 << id
	usual := &usualHuffman[class][id]
	table := &d.dc[id]
	if class == 1 {
		table = &d.ac[id]
	}
	_, ok := table.build(&usual.counts, []byte(usual.symbols))
	return ok
}
