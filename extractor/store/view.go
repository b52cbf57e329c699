package store

import "unsafe"

// float32s views little-endian bytes, which must be aligned to four, as the
// float32 values they are. Machines of the other byte order: see bigendian.go.
func float32s(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
