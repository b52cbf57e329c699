package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Reader reads records of values with separators between them, as encoding/csv
// does. Records without a value are skipped, and so are empty values beyond those
// of the first record.
type Reader struct {
	Separator byte // between values

	csv    *csv.Reader
	text   *lines
	line   int // number of the line that comes, but for empty ones
	values int // of the first record
}

// separators are those that are tried; of equally good ones the first is taken.
const separators = ",;\t"

// NewReader returns a Reader of records of at most so many bytes. If the text
// does not name the separator itself, in a first line such as sep=; it is the
// one for which fits returns the most, asked about the first record.
func NewReader(r io.Reader, most int, fits func(first []string, separator byte) int) *Reader {
	text := Text(r)
	head, _ := text.Peek(peeked) // an error comes again
	returns := returnsAlone(head)
	if returns {
		head = bytes.ReplaceAll(head, []byte("\r"), []byte("\n"))
	}
	c := &Reader{text: &lines{text: text, returns: returns, most: int64(most)}, line: 1}
	separator, named := namedSeparator(head)
	if !named {
		separator = bestSeparator(head, fits)
	}
	c.Separator, c.csv = separator, newCSV(c.text, separator, head)
	if named {
		_, _ = c.csv.Read()
		c.line++
	}
	return c
}

// namedSeparator reads the line that tells Excel the separator.
func namedSeparator(head []byte) (separator byte, found bool) {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	name, found := strings.CutPrefix(strings.ToLower(strings.Trim(string(line), "\"\r")), "sep=")
	if !found || len(name) != 1 || !strings.Contains(separators, name) {
		return 0, false
	}
	return name[0], true
}

func bestSeparator(head []byte, fits func([]string, byte) int) byte {
	best, most := separators[0], 0
	for _, s := range []byte(separators) {
		first := newCSV(bytes.NewReader(head), s, head)
		fields, err := first.Read()
		for err == nil && !slices.ContainsFunc(fields, filled) {
			fields, err = first.Read()
		}
		if err == nil && fits(fields, s) > most {
			best, most = s, fits(fields, s)
		}
	}
	return best
}

func newCSV(r io.Reader, separator byte, head []byte) *csv.Reader {
	c := csv.NewReader(r)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = rune(separator), -1, true
	// Names of files may begin with spaces, unless these are for the eye alone.
	c.TrimLeadingSpace = separator != '\t' && bytes.Contains(head, []byte{separator, ' ', '"'})
	return c
}

func filled(value string) bool { return strings.TrimSpace(value) != "" }

// Read returns the next record and the number of its first line, io.EOF at the
// end. The fields are valid until the next call; the number is right for errors
// too.
func (c *Reader) Read() (fields []string, line int, err error) {
	for {
		c.text.start = c.csv.InputOffset()
		fields, err = c.csv.Read()
		if err == nil && c.csv.InputOffset() > c.text.start+c.text.most {
			err = errTooLong
		}
		if err != nil {
			line, err = c.explain(err)
			return nil, line, err
		}
		last := len(fields) - 1
		line, _ = c.csv.FieldPos(0)
		c.line, _ = c.csv.FieldPos(last)
		c.line += strings.Count(fields[last], "\n") + 1
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

// explain returns the line of an error and what to do.
func (c *Reader) explain(err error) (line int, explained error) {
	var wrong *csv.ParseError
	switch {
	case err == errTooLong:
		return c.line, fmt.Errorf("it is longer than %d bytes", c.text.most)
	case !errors.As(err, &wrong):
		return c.line, err
	case wrong.Err == csv.ErrBareQuote:
		return wrong.StartLine, errors.New(`a quote " within a value: write the value in quotes, without spaces around them, and each quote in it twice`)
	}
	return wrong.StartLine, fmt.Errorf(`a quote " that begins a value is not closed, or the closing one is followed by text or a space instead of %q: write a quote within quotes twice`, string(c.Separator))
}

var errTooLong = errors.New("too long")

// lines gives a text with line feeds at the ends of its lines, until a record of
// it is too long to be kept in memory.
type lines struct {
	text        *bufio.Reader
	returns     bool  // end the lines, alone
	start, read int64 // bytes before the record, and in all
	most        int64 // bytes of a record
}

func (l *lines) Read(p []byte) (n int, err error) {
	if l.read-l.start > l.most {
		return 0, errTooLong
	}
	n, err = l.text.Read(p)
	l.read += int64(n)
	for i := 0; l.returns && i < n; i++ {
		if p[i] == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// returnsAlone reports whether the first line ends with a carriage return and no
// line feed.
func returnsAlone(head []byte) bool {
	i := bytes.IndexAny(head, "\r\n")
	return i >= 0 && head[i] == '\r' && !bytes.HasPrefix(head[i+1:], []byte("\n"))
}
