package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bitReader is a place in an interval's bits, which are read from the highest
// of each byte down. Beyond the end are zeros.
type bitReader struct {
	data  []byte // ends in padding
	at    int    // first byte whose bits are not in ahead yet
	ahead uint64 // the bits to come, from the highest down
	count uint   // of them
}

// padding is what follows each interval of entropy-coded data in memory, so
// that eight bytes can be read anywhere in it.
const padding = 16

func (b *bitReader) reset(data []byte) { *b = bitReader{data: data} }

// advance is where reading goes on after count bits ahead have been filled up
// from the eight bytes at.
func advance(at int, count uint, length int) int {
	return min(at+int(63-count)>>3, length-8)
}

// fill makes sure that at least 32 bits are ahead.
func (b *bitReader) fill() {
	if b.count < 32 {
		b.ahead |= binary.BigEndian.Uint64(b.data[b.at:]) >> (b.count & 63)
		b.at, b.count = advance(b.at, b.count, len(b.data)), b.count|56
	}
}

func (b *bitReader) skip(count uint) {
	b.ahead <<= count & 63
	b.count -= count
}

// overrun reports whether bits beyond the end have been used.
func (b *bitReader) overrun() bool {
	return b.at*8-int(b.count) > (len(b.data)-padding)*8 || b.at == len(b.data)-8
}

// skipToMarker returns what begins with the first marker in data, and that marker,
// 0 where there is none.
func skipToMarker(data []byte) (marker byte, rest []byte) {
	for {
		i := bytes.IndexByte(data, 0xff)
		if i < 0 || i+1 == len(data) {
			return 0, nil
		}
		if next := data[i+1]; next != 0 && next != 0xff {
			return next, data[i:]
		}
		data = data[i+1:]
	}
}

// nextInterval splits the entropy-coded data up to the next marker off data,
// its stuffing removed and padded, in the memory of buffer. marker is 0 where
// the data ends without one.
func nextInterval(buffer, data []byte) (interval []byte, marker byte, rest []byte) {
	if cap(buffer) < len(data)+padding {
		buffer = make([]byte, 0, len(data)+padding)
	}
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
