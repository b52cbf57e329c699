package baseline

import (
	"bytes"
	"encoding/binary"
)

// bitReader reads bits from the highest down. Beyond the end are zeros.
type bitReader struct {
	data  []byte // ends in padding
	at    int
	ahead uint64 // the bits to come, from the highest down
	count uint   // of them
}

// padding is what follows each interval of entropy-coded data in memory, so
// that eight bytes can be read anywhere in it.
const padding = 16

func (b *bitReader) reset(data []byte) { *b = bitReader{data: data} }

// refill makes at least 56 bits available.
func (b *bitReader) refill() {
	b.ahead |= binary.BigEndian.Uint64(b.data[b.at:]) >> (b.count & 63)
	b.at = min(b.at+int(63-b.count)>>3, len(b.data)-8)
	b.count |= 56
}

func (b *bitReader) skip(n uint) {
	b.ahead <<= n & 63
	b.count -= n
}

// signed takes a number of size bits in which a leading zero says that it is
// negative (ITU-T T.81, F.2.2.1).
func (b *bitReader) signed(size uint) int32 {
	negative := ^uint64(int64(b.ahead)>>63) // all ones or all zeros
	value := int32(b.ahead>>1>>(63-size&63)) + int32(negative)&(1-1<<(size&31))
	b.skip(size)
	return value
}

// next decodes a symbol. A code that does not exist counts as 0, as in libjpeg.
func (h *huffman) next(b *bitReader) uint8 {
	code := h.short[b.ahead>>(64-lookAhead)]
	if code == 0 {
		code = h.long(uint32(b.ahead >> 48))
	}
	b.skip(uint(code >> 8))
	return uint8(code)
}

// overrun reports whether bits beyond the end have been used.
func (b *bitReader) overrun() bool {
	return b.at*8-int(b.count) > (len(b.data)-padding)*8 || b.at == len(b.data)-8
}

// nextInterval splits the entropy-coded data up to the next marker off data,
// its stuffing removed and padded, in the memory of buffer. marker is 0 where
// the data ends without one.
func nextInterval(buffer, data []byte) (interval []byte, marker byte, rest []byte) {
	interval = buffer[:0]
	for {
		i := bytes.IndexByte(data, 0xff)
		if i < 0 || i+1 == len(data) {
			return append(append(interval, data...), make([]byte, padding)...), 0, nil
		}
		switch next := data[i+1]; next {
		case 0:
			interval = append(interval, data[:i+1]...)
			data = data[i+2:]
		case 0xff:
			interval = append(interval, data[:i]...)
			data = data[i+1:]
		default:
			interval = append(interval, data[:i]...)
			return append(interval, make([]byte, padding)...), next, data[i:]
		}
	}
}
