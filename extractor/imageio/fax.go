package imageio

import (
	"errors"
	"io"
	"strings"
	"sync"
)

// faxReader decodes the codings of facsimile, ITU-T T.4 and T.6, to packed rows in
// which black is 1. Like libtiff it needs neither the marks between rows nor those
// at the end, and finds the next row by its mark where one is damaged. The decoder of
// golang.org/x/image knows one dimension or group 4 only, and no padding.
type faxReader struct {
	data  []byte
	kind  faxKind
	width int
	rows  int // to come

	at      int      // bits of data read
	before  []uint32 // where the row before changes colour
	row     []uint32 // where this one does
	packed  []byte
	pending []byte
	decoded int // rows
	damaged int // rows of those
}

type faxKind int

const (
	faxHuffman     faxKind = iota // one dimension, rows begin at bytes
	faxHuffmanWord                // and at pairs of bytes
	faxGroup3                     // one dimension, perhaps with marks
	faxGroup3Mixed                // one or two dimensions, before each row a bit says which
	faxGroup4                     // two dimensions
)

const (
	faxNoCode   = -1 // no code begins like this
	longestRun  = 13 // bits of its code
	faxEndOfRow = 11 // zeros that begin a mark
)

type faxCode struct {
	value int16
	bits  uint8
}

// faxRuns looks a code up by the 13 bits that it begins; of white, of black.
var faxRuns = sync.OnceValue(func() *[2][1 << longestRun]faxCode {
	var tables [2][1 << longestRun]faxCode
	for colour, codes := range []string{whiteRunCodes, blackRunCodes} {
		for i := range tables[colour] {
			tables[colour][i] = faxCode{faxNoCode, 0}
		}
		for i, code := range strings.Fields(codes) {
			run := i
			if i >= 64 {
				run = (i - 63) * 64
			}
			prefix := 0
			for _, bit := range code {
				prefix = prefix<<1 | int(bit-'0')
			}
			free := longestRun - len(code)
			for rest := range 1 << free {
				tables[colour][prefix<<free|rest] = faxCode{int16(run), uint8(len(code))}
			}
		}
	}
	return &tables
})

var (
	errFaxCode = errors.New("invalid code of a run")
	errFaxMark = errors.New("the row ends early")
)

func newFaxReader(data []byte, kind faxKind, width, rows int) *faxReader {
	return &faxReader{data: data, kind: kind, width: width, rows: rows, packed: make([]byte, (width+7)/8)}
}

func (f *faxReader) Read(out []byte) (n int, err error) {
	for n < len(out) {
		if len(f.pending) == 0 {
			if err := f.next(); err != nil {
				return n, err
			}
		}
		copied := copy(out[n:], f.pending)
		f.pending, n = f.pending[copied:], n+copied
	}
	return n, nil
}

// next decodes a row.
func (f *faxReader) next() error {
	if f.rows == 0 {
		return io.EOF
	}
	f.rows--
	f.before, f.row = f.row, f.before[:0]
	inTwo := f.kind == faxGroup4
	if f.kind == faxGroup3 || f.kind == faxGroup3Mixed {
		f.skipMark()
		if f.kind == faxGroup3Mixed {
			inTwo = f.peek(1) == 0
			f.at++
		}
	}
	if f.at >= 8*len(f.data) {
		return io.ErrUnexpectedEOF
	}
	err := f.decode(inTwo)
	f.decoded++
	if err != nil {
		f.damaged++
		if len(f.row)%2 == 1 { // the rest is white
			f.row = append(f.row, f.row[len(f.row)-1])
		}
		const share = 10 // one row in which may be damaged, and white from there
		if f.kind != faxGroup3 && f.kind != faxGroup3Mixed || share*f.damaged > f.decoded+f.rows {
			return err
		}
		if !f.findMarkAhead() {
			return io.ErrUnexpectedEOF
		}
	}
	switch f.kind {
	case faxHuffman:
		f.at = (f.at + 7) &^ 7
	case faxHuffmanWord:
		f.at = (f.at + 15) &^ 15
	}
	f.pack()
	return nil
}

func (f *faxReader) decode(inTwo bool) error {
	if inTwo {
		return f.decodeInTwo()
	}
	for x, black := 0, 0; x < f.width; black ^= 1 {
		run, err := f.run(black)
		if err != nil {
			return err
		}
		x = min(x+run, f.width)
		f.row = append(f.row, uint32(x))
	}
	return nil
}

// decodeInTwo decodes a row by its differences from the one before (ITU-T T.6).
func (f *faxReader) decodeInTwo() error {
	a0, black, i := -1, 0, 0
	for a0 < f.width {
		// b1 is the next change of the row before to the other colour, b2 the one after.
		for i > 0 && f.change(i-1) > a0 {
			i--
		}
		for i < len(f.before) && f.change(i) <= a0 || i&1 != black {
			i++
		}
		b1, b2 := f.change(i), f.change(i+1)
		vertical := 0
		switch code := f.peek(7); {
		case code>>6 == 1:
			f.at++
		case code>>4 == 3:
			f.at, vertical = f.at+3, 1
		case code>>4 == 2:
			f.at, vertical = f.at+3, -1
		case code>>4 == 1: // two runs
			f.at += 3
			x := max(a0, 0)
			for colour := range 2 {
				run, err := f.run(black ^ colour)
				if err != nil {
					return err
				}
				x = min(x+run, f.width)
				f.row = append(f.row, uint32(x))
			}
			a0 = x
			continue
		case code>>3 == 1: // passes over both
			f.at += 4
			a0 = b2
			continue
		case code>>1 == 3:
			f.at, vertical = f.at+6, 2
		case code>>1 == 2:
			f.at, vertical = f.at+6, -2
		case code == 3:
			f.at, vertical = f.at+7, 3
		case code == 2:
			f.at, vertical = f.at+7, -3
		case f.peek(faxEndOfRow+1) <= 1: // the mark at the end
			return io.ErrUnexpectedEOF
		default:
			return errFaxCode
		}
		a1 := b1 + vertical
		if a1 < max(a0, 0) {
			return errFaxCode
		}
		a0 = min(a1, f.width)
		f.row = append(f.row, uint32(a0))
		black ^= 1
	}
	return nil
}

// change is where the row before changes colour for the i-th time.
func (f *faxReader) change(i int) int {
	if i < len(f.before) {
		return int(f.before[i])
	}
	return f.width
}

// run reads the codes of one run.
func (f *faxReader) run(black int) (int, error) {
	table := &faxRuns()[black]
	for total := 0; ; {
		code := table[f.peek(longestRun)]
		switch {
		case f.at >= 8*len(f.data):
			return 0, io.ErrUnexpectedEOF
		case code.value == faxNoCode && f.peek(faxEndOfRow) == 0 && total > 0: // some leave out a last run of none
			return total, nil
		case code.value == faxNoCode && f.peek(faxEndOfRow) == 0:
			return 0, errFaxMark
		case code.value == faxNoCode:
			return 0, errFaxCode
		}
		f.at += int(code.bits)
		total = min(total+int(code.value), f.width)
		if code.value < 64 {
			return total, nil
		}
	}
}

// peek returns the next n bits, zeros after the end.
func (f *faxReader) peek(n int) int {
	word := 0
	for i := f.at / 8; i < f.at/8+3; i++ {
		word <<= 8
		if i < len(f.data) {
			word |= int(f.data[i])
		}
	}
	return word >> (24 - f.at%8 - n) & (1<<n - 1)
}

// skipMark passes over the marks that come next, and the zeros before them.
func (f *faxReader) skipMark() {
	for f.peek(faxEndOfRow) == 0 && f.at < 8*len(f.data) {
		at := f.at
		for f.peek(1) == 0 && f.at < 8*len(f.data) {
			f.at++
		}
		if f.at >= 8*len(f.data) {
			f.at = at
			return
		}
		f.at++
		if f.kind == faxGroup3Mixed {
			return // before the bit that says which
		}
	}
}

// findMarkAhead reads on before the next mark.
func (f *faxReader) findMarkAhead() bool {
	for ; f.at < 8*len(f.data); f.at++ {
		if f.peek(faxEndOfRow) == 0 {
			return true
		}
	}
	return f.rows == 0
}

// pack makes bits of the row.
func (f *faxReader) pack() {
	clear(f.packed)
	for i := 0; i < len(f.row); i += 2 {
		end := f.width
		if i+1 < len(f.row) {
			end = int(f.row[i+1])
		}
		blacken(f.packed, int(f.row[i]), end)
	}
	f.pending = f.packed
}

// blacken sets bits of a row.
func blacken(row []byte, from, to int) {
	for ; from < to && from%8 != 0; from++ {
		row[from/8] |= 0x80 >> (from % 8)
	}
	for ; from+8 <= to; from += 8 {
		row[from/8] = 0xff
	}
	for ; from < to; from++ {
		row[from/8] |= 0x80 >> (from % 8)
	}
}
