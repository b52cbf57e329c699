package npy

import "testing"

// What numpy 2 writes for zeros((3, 4), "<f4").
const numpys = "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }                                                          \n"

func TestHeaderIsNumpys(t *testing.T) {
	if got := string(Header(3, 4)); got != numpys {
		t.Errorf("header is %q, numpy's %q", got, numpys)
	}
	if n := len(Header(1<<40, 1<<30)); n != HeaderSize {
		t.Errorf("the largest header has %d bytes", n)
	}
}

func TestParseReadsWhatHeaderWrites(t *testing.T) {
	if rows, dim, ok := Parse(Header(12345, 1280)); !ok || rows != 12345 || dim != 1280 {
		t.Errorf("%d, %d, %v", rows, dim, ok)
	}
	for bit := range 8 * HeaderSize {
		header := Header(12345, 1280)
		header[bit/8] ^= 1 << (bit % 8)
		if rows, dim, ok := Parse(header); ok && rows == 12345 && dim == 1280 {
			t.Errorf("bit %d was flipped, and nobody noticed", bit)
		}
	}
	if _, _, ok := Parse(nil); ok {
		t.Error("nothing is a header")
	}
}
