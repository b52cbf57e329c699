package heif

import (
	"encoding/binary"
	"iter"
)

// Boxes yields the type and content of each box in data (ISO/IEC 14496-12).
func Boxes(data []byte) iter.Seq2[string, []byte] {
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

// Box returns the content of the first box of a type, less the first skip
// bytes of it, or nil.
func Box(data []byte, name string, skip int) []byte {
	for boxName, content := range Boxes(data) {
		if boxName == name && len(content) >= skip {
			return content[skip:]
		}
	}
	return nil
}

// FullBoxHeader is what follows the header of boxes that have versions.
const FullBoxHeader = 4 // bytes, of version and flags

// Fields is a run of big-endian numbers.
type Fields []byte

// Take takes a number of n bytes; where they are missing it takes what is
// left, and returns 0.
func (f *Fields) Take(n int) int {
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

// TakeFullBox takes a version and flags.
func (f *Fields) TakeFullBox() (version, flags int) {
	header := f.Take(FullBoxHeader)
	return header >> 24, header & 0xffffff
}

// Bytes takes n bytes, or what is left.
func (f *Fields) Bytes(n int) []byte {
	n = min(max(n, 0), len(*f))
	taken := (*f)[:n:n]
	*f = (*f)[n:]
	return taken
}
