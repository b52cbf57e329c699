// Package sheet reads text files as spreadsheets and other programs write them,
// on Windows above all: in UTF-16 or with a byte order mark, with semicolons or
// tabs between values, with carriage returns alone at the ends of lines.
package sheet

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// peeked is how many bytes at the start of a text are looked at before any is read.
const peeked = 64 << 10

// Text returns a text in UTF-8 without its byte order mark. UTF-16 is known by
// its mark, or without one by the zero byte of its first character. Other bytes
// are passed on as they are.
func Text(r io.Reader) *bufio.Reader {
	text := bufio.NewReaderSize(r, peeked)
	start, _ := text.Peek(3) // an error comes again
	order, wide := unicode.LittleEndian, true
	switch {
	case bytes.HasPrefix(start, []byte("\ufeff")):
		_, _ = text.Discard(3)
		return text
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}):
	case bytes.HasPrefix(start, []byte{0xfe, 0xff}):
		order = unicode.BigEndian
	case len(start) < 2:
		wide = false
	case start[0] == 0 && start[1] != 0:
		order = unicode.BigEndian
	default:
		wide = start[0] != 0 && start[1] == 0
	}
	if !wide {
		return text
	}
	decoder := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
	return bufio.NewReaderSize(transform.NewReader(text, decoder), peeked)
}

// ScanLines is a split function for a bufio.Scanner, for lines that end with a
// line feed, a carriage return or both.
func ScanLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0 || data[i] == '\r' && i+1 == len(data) && !atEOF: // a line feed may follow
		return 0, nil, nil
	case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	}
	return i + 1, data[:i], nil
}
