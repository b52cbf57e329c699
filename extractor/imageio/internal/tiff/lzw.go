package tiff

import (
	"errors"
	"io"
)

// lzwReader decodes LZW as GIF and TIFF files have it. GIF's literals of 1 bit and of
// more than 8 are what no other decoder takes; TIFF files, for which there are others
// (the standard library's for those before 1991, golang.org/x/image's for later ones),
// are read with it too.
type lzwReader struct {
	data        []byte
	lowestFirst bool // codes begin at the lowest bit of a byte
	early       int  // how many codes early the width grows: 1 in TIFF files
	literal     int  // bits of a literal

	bits    uint64
	count   int // of bits
	width   int // of a code
	used    int // codes that have a meaning
	last    int // code, or noCode
	prefix  [mostLZWCodes]uint16
	suffix  [mostLZWCodes]uint8
	text    [mostLZWCodes]uint8 // of a code, from the end
	pending []byte              // decoded, but not read
	err     error
}

const (
	longestLZWCode = 13 // where literals have 12 bits
	mostLZWCodes   = 1 << longestLZWCode
	usualLZWCode   = 12 // to which codes grow
	noCode         = -1
)

var errLZW = errors.New("invalid LZW code")

// NewLZWReader decodes data whose literals have so many bits, whose codes begin at the
// lowest bit of a byte or the highest, and whose width grows so many codes early.
func NewLZWReader(data []byte, lowestFirst bool, early, literal int) io.Reader {
	z := &lzwReader{data: data, lowestFirst: lowestFirst, early: early, literal: literal}
	z.clear()
	return z
}

func (z *lzwReader) clear() {
	z.width, z.used, z.last = z.literal+1, 1<<z.literal+2, noCode
}

func (z *lzwReader) Read(out []byte) (n int, err error) {
	for n < len(out) {
		if len(z.pending) == 0 && z.err == nil {
			z.err = z.decode()
		}
		if len(z.pending) == 0 {
			return n, z.err
		}
		copied := copy(out[n:], z.pending)
		z.pending, n = z.pending[copied:], n+copied
	}
	return n, nil
}

// decode makes the text of the next code pending.
func (z *lzwReader) decode() error {
	clear := 1 << z.literal
	for {
		code, ok := z.code()
		switch {
		case !ok:
			return io.ErrUnexpectedEOF
		case code == clear:
			z.clear()
			continue
		case code == clear+1:
			return io.EOF
		case code > z.used || code == z.used && (z.last == noCode || z.used == z.most()) || z.last == noCode && code > clear:
			return errLZW
		}
		known := code
		at := len(z.text)
		if code == z.used { // the last one's text and its first byte again
			known = z.last
			at--
		}
		first := known
		for first > clear {
			at--
			z.text[at] = z.suffix[first]
			first = int(z.prefix[first])
		}
		at--
		z.text[at] = uint8(first)
		if code == z.used {
			z.text[len(z.text)-1] = uint8(first)
		}
		if z.last != noCode && z.used < z.most() {
			z.prefix[z.used], z.suffix[z.used] = uint16(z.last), uint8(first)
			z.used++
			if z.used+z.early >= 1<<z.width && z.width < usualLZWCode {
				z.width++
			}
		}
		z.last, z.pending = code, z.text[at:]
		return nil
	}
}

// most is how many codes there can be.
func (z *lzwReader) most() int { return 1 << max(usualLZWCode, z.literal+1) }

func (z *lzwReader) code() (code int, ok bool) {
	for z.count < z.width {
		if len(z.data) == 0 {
			return 0, false
		}
		if z.lowestFirst {
			z.bits |= uint64(z.data[0]) << z.count
		} else {
			z.bits = z.bits<<8 | uint64(z.data[0])
		}
		z.data, z.count = z.data[1:], z.count+8
	}
	z.count -= z.width
	if z.lowestFirst {
		code = int(z.bits & (1<<z.width - 1))
		z.bits >>= z.width
		return code, true
	}
	return int(z.bits >> z.count & (1<<z.width - 1)), true
}
