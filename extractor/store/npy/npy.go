// Package npy writes and reads the headers of NumPy's .npy files that hold a
// float32 matrix.
package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// HeaderSize is where the first value begins. It is the same for every matrix,
// so that a header can be rewritten in place, and is what numpy.save writes too.
const HeaderSize = 128

const (
	magic = "\x93NUMPY\x01\x00"
	shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
)

// Header returns the header of a little-endian float32 matrix [rows, dim],
// format version 1.0: see numpy.lib.format.
func Header(rows int64, dim int) []byte {
	header := binary.LittleEndian.AppendUint16([]byte(magic), HeaderSize-uint16(len(magic))-2)
	header = fmt.Appendf(header, shape, rows, dim)
	header = append(header, bytes.Repeat([]byte(" "), HeaderSize-len(header))...)
	header[HeaderSize-1] = '\n'
	return header
}

// Parse reads a header as Header makes it.
func Parse(header []byte) (rows int64, dim int, ok bool) {
	const before = len(magic) + 2
	if len(header) < HeaderSize {
		return 0, 0, false
	}
	_, err := fmt.Sscanf(string(header[before:HeaderSize]), shape, &rows, &dim)
	return rows, dim, err == nil && rows >= 0 && dim > 0 && bytes.Equal(header[:HeaderSize], Header(rows, dim))
}
