package baseline

// lookAhead is how many bits a first look decodes; few codes are longer.
const lookAhead = 10

// huffman decodes one table's codes. A code is length<<8 | symbol; 0 is none.
type huffman struct {
	short [1 << lookAhead]uint16
	// Codes longer than lookAhead of each length are consecutive numbers
	// below limit, which is aligned to 16 bits; offset leads from a number to
	// its symbol.
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
	code, first := uint32(0), 0
	for length := 1; length <= 16; length++ {
		n := int(counts[length-1])
		if code+uint32(n) > 1<<length {
			return 0, false
		}
		h.offset[length] = int32(first) - int32(code)
		if length <= lookAhead {
			spare := lookAhead - length
			for i := range n {
				entry := uint16(length)<<8 | uint16(symbols[first+i])
				from := (code + uint32(i)) << spare
				for j := range uint32(1) << spare {
					h.short[from+j] = entry
				}
			}
		}
		code += uint32(n)
		first += n
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
	return used, true
}

// long decodes a code that short does not hold from the 16 bits ahead.
func (h *huffman) long(ahead uint32) uint16 {
	for length := lookAhead + 1; length <= 16; length++ {
		if ahead < h.limit[length] {
			symbol := int32(ahead>>(16-length)) + h.offset[length]
			return uint16(length)<<8 | uint16(h.symbols[symbol&255])
		}
	}
	return 0
}
