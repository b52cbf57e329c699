package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Reader reads records of values with separators between them, as RFC 4180 has
// it. Spaces around quotes are ignored, records without a value are skipped, and
// so are empty values beyond those of the first record.
type Reader struct {
	Separator byte // between values

	text   *bufio.Reader
	most   int  // bytes of a record
	cr     bool // a carriage return alone ends a line
	line   int  // number of the line that comes
	size   int  // bytes of this record so far
	values int  // of the first record
	record []byte
	ends   []int // of the values in record
	fields []string
}

// separators are those that are tried; of equally good ones the first is taken.
const separators = ",;\t"

// NewReader returns a Reader of records of at most so many bytes. If the text
// does not name the separator itself, in a first line such as sep=; it is the
// one for which fits returns the most, asked about the first record.
func NewReader(r io.Reader, most int, fits func(first []string, separator byte) int) *Reader {
	c := &Reader{Separator: separators[0], text: Text(r), most: most, line: 1}
	head, _ := c.text.Peek(peeked) // an error comes again
	end := firstLineEnd(head)
	c.cr = end < len(head) && head[end] == '\r' && (end+1 == len(head) || head[end+1] != '\n')
	if s, named := namedSeparator(head[:end]); named {
		c.Separator = s
		_, _ = c.text.Discard(end)
		_, _ = c.next(false) // the line's end
		c.size = 0
		return c
	}
	best := 0
	for _, s := range []byte(separators) {
		first := &Reader{Separator: s, text: bufio.NewReaderSize(bytes.NewReader(head), 16), most: most, cr: c.cr}
		if fields, _, err := first.Read(); err == nil && fits(fields, s) > best {
			c.Separator, best = s, fits(fields, s)
		}
	}
	return c
}

// firstLineEnd returns where the first line that is not empty ends.
func firstLineEnd(text []byte) int {
	quoted := false
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case (b == '\n' || b == '\r') && !quoted && len(bytes.TrimSpace(text[:i])) > 0:
			return i
		}
	}
	return len(text)
}

// namedSeparator reads the line that tells Excel the separator.
func namedSeparator(line []byte) (separator byte, found bool) {
	text := strings.Trim(strings.TrimLeft(string(line), "\r\n"), `"`)
	if len(text) != len("sep=,") || !strings.EqualFold(text[:4], "sep=") {
		return 0, false
	}
	return text[4], strings.IndexByte(",;\t|: ", text[4]) >= 0
}

var (
	errBareQuote = errors.New(`a quote " within a value that does not begin with one: write the value in quotes, and each quote in it twice`)
	errAfter     = errors.New(`text after the closing quote " of a value: write a quote within quotes twice`)
	errOpen      = errors.New(`a quote " that begins a value is not closed`)
)

// Read returns the next record and the number of its first line, io.EOF at the
// end. The fields are valid until the next call; the number is right for errors
// too.
func (c *Reader) Read() (fields []string, line int, err error) {
	for {
		line, err = c.read()
		if err != nil {
			return nil, line, err
		}
		fields = c.split()
		if !slices.ContainsFunc(fields, filled) {
			continue
		}
		if c.values == 0 {
			c.values = len(fields)
		}
		for len(fields) > c.values && !filled(fields[len(fields)-1]) {
			fields = fields[:len(fields)-1]
		}
		if len(fields) != c.values {
			return nil, line, fmt.Errorf("%s where the first line has %d (separated by %q)", wording.Count(len(fields), "value", "values"), c.values, string(c.Separator))
		}
		return fields, line, nil
	}
}

func filled(value string) bool { return strings.TrimSpace(value) != "" }

// split returns the values of the record.
func (c *Reader) split() []string {
	text, start := string(c.record), 0
	c.fields = c.fields[:0]
	for _, end := range c.ends {
		c.fields = append(c.fields, text[start:end])
		start = end
	}
	return c.fields
}

// state is where in a value the Reader is.
type state int

const (
	before state = iota // the value: nothing but spaces yet
	plain               // without quotes
	quoted              // within quotes
	quote               // behind a quote that closes them, or is the first of two
	behind              // the closing quote, in spaces
)

// read reads the bytes of a record.
func (c *Reader) read() (line int, err error) {
	c.size, c.record, c.ends = 0, c.record[:0], c.ends[:0]
	line = c.line
	at, start := before, 0
	for {
		b, err := c.next(at == quoted)
		switch {
		case err == io.EOF && at == quoted:
			return line, errOpen
		case err == io.EOF && c.size == 0:
			return line, io.EOF
		case err != nil && err != io.EOF:
			return line, err
		case at != quoted && (err == io.EOF || b == '\n' || b == c.Separator):
			c.ends = append(c.ends, len(c.record))
			if err == io.EOF || b == '\n' {
				return line, nil
			}
			at, start = before, len(c.record)
			continue
		}
		if at, err = at.after(b); err != nil {
			return line, err
		}
		switch {
		case at == quoted && b == '"' && start >= 0: // it opens
			c.record, start = c.record[:start], -1
		case at == before, at == plain, at == quoted:
			c.record = append(c.record, b)
		}
	}
}

// after returns the state after a byte that does not end the value.
func (s state) after(b byte) (state, error) {
	space := b == ' ' || b == '\t'
	switch s {
	case before:
		switch {
		case b == '"':
			return quoted, nil
		case !space:
			return plain, nil
		}
	case plain:
		if b == '"' {
			return s, errBareQuote
		}
	case quoted:
		if b == '"' {
			return quote, nil
		}
	case quote, behind:
		switch {
		case b == '"' && s == quote:
			return quoted, nil
		case !space:
			return s, errAfter
		}
		return behind, nil
	}
	return s, nil
}

// next returns the next byte, and for what ends a line outside quotes a line
// feed.
func (c *Reader) next(quoted bool) (byte, error) {
	b, err := c.text.ReadByte()
	if err != nil {
		return 0, err
	}
	c.size++
	if b == '\r' && (!quoted || c.cr) {
		following, _ := c.text.Peek(1)
		feed := len(following) > 0 && following[0] == '\n'
		switch {
		case !quoted && feed:
			_, _ = c.text.Discard(1)
			b = '\n'
		case !quoted && c.cr:
			b = '\n'
		case quoted && !feed:
			c.line++
		}
	}
	if b == '\n' {
		c.line++
	}
	if c.size > c.most {
		return 0, fmt.Errorf("it is longer than %d bytes", c.most)
	}
	return b, nil
}
