package heif

import (
	"encoding/binary"
	"iter"
)

// boxes yields the type and content of each box in data (ISO/IEC 14496-12).
func boxes(data []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(data) >= 8 {
			header, size := 8, uint64(binary.BigEndian.Uint32(data))
			switch {
			case size == 1 && len(data) >= 16:
				header, size = 16, binary.BigEndian.Uint64(data[8:])
			case size == 0:
				size = uint64(len(data))
			}
			if size < uint64(header) || size > uint64(len(data)) || !yield(string(data[4:8]), data[header:size]) {
				return
			}
			data = data[size:]
		}
	}
}

// box returns the content of the first box of a type, less the first skip
// bytes of it, or nil.
func box(data []byte, name string, skip int) []byte {
	for boxName, content := range boxes(data) {
		if boxName == name && len(content) >= skip {
			return content[skip:]
		}
	}
	return nil
}

const fullBoxHeader = 4 // version and flags

// fields is a run of big-endian numbers.
type fields []byte

// take takes a number of n bytes; where they are missing it takes what is
// left, and returns 0.
func (f *fields) take(n int) int {
	if len(*f) < n {
		*f = nil
		return 0
	}
	value := 0
	for _, b := range (*f)[:n] {
		value = value<<8 | int(b)
	}
	*f = (*f)[n:]
	return value
}

// takeFullBox takes a version and flags.
func (f *fields) takeFullBox() (version, flags int) {
	header := f.take(fullBoxHeader)
	return header >> 24, header & 0xffffff
}

// bytes takes n bytes, or what is left.
func (f *fields) bytes(n int) []byte {
	n = min(max(n, 0), len(*f))
	taken := (*f)[:n:n]
	*f = (*f)[n:]
	return taken
}
