package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// csvReader reads a manifest in CSV. Its first record names the columns.
type csvReader struct {
	*csv.Reader
	text    *csvText
	columns map[string]int // nil before the first record is read
	others  []string
}

func newCSVReader(r io.Reader) *csvReader {
	text := &csvText{r: withoutBOM(r), line: 1, begins: 1}
	records := csv.NewReader(text)
	records.ReuseRecord = true
	return &csvReader{Reader: records, text: text}
}

func (r *csvReader) unknown() []string { return r.others }

func (r *csvReader) next() (l line, number int, err error) {
	if r.columns == nil {
		if number, err := r.readHeader(); err != nil {
			return l, number, err
		}
	}
	record, number, err := r.record()
	if err != nil {
		return l, number, err
	}
	column := func(name string) string {
		if at, found := r.columns[name]; found {
			return record[at]
		}
		return ""
	}
	return line{column("path"), column("sha256"), column("label"), column("split"), column("group"), strings.TrimSpace(column("weight"))}, number, nil
}

func (r *csvReader) readHeader() (number int, err error) {
	header, number, err := r.record()
	if err == io.EOF {
		return 1, errors.New("no header line with the names of the columns")
	}
	if err != nil {
		return number, err
	}
	r.columns = map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if name == "" { // spreadsheets write out columns that were emptied
			continue
		}
		if _, twice := r.columns[name]; twice {
			return number, fmt.Errorf("the header has the column %q twice", name)
		}
		r.columns[name] = i
		if !slices.Contains(lineColumns, name) {
			r.others = append(r.others, name)
		}
	}
	_, hasPath := r.columns["path"]
	_, hasDigest := r.columns["sha256"]
	if !hasPath && !hasDigest {
		return number, fmt.Errorf("the header has no column named path or sha256, only %.40q", header[:min(len(header), 10)])
	}
	return number, nil
}

// lineColumns are the columns of a manifest that have a meaning.
var lineColumns = []string{"path", "sha256", "label", "split", "group", "weight"}

// record returns the next record and where it begins.
func (r *csvReader) record() (record []string, number int, err error) {
	record, err = r.Read()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, wrong.Line, wrong.Err
	}
	if err != nil {
		return nil, r.text.begins, err
	}
	number, _ = r.FieldPos(0)
	return record, number, nil
}

// csvText passes a manifest on to encoding/csv. It bounds the size of a record,
// for which encoding/csv takes memory without limit, and doubles a carriage
// return before a line feed within quotes, which encoding/csv drops though names
// may hold any bytes.
type csvText struct {
	r            *bufio.Reader
	line, begins int // numbers of the line that comes, and of the first of its record
	size         int // bytes of that record so far
	quoted       bool
	returned     bool // the byte before was a carriage return
	feed         bool // a line feed is still to be given
}

func (t *csvText) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if t.feed {
			p[n], t.feed = '\n', false
			n++
			continue
		}
		b, err := t.r.ReadByte()
		if err != nil {
			return n, err
		}
		if t.size++; t.size > maxLine {
			return n, errLongLine
		}
		switch b {
		case '"':
			t.quoted = !t.quoted
		case '\n':
			t.line++
			if !t.quoted {
				t.begins, t.size = t.line, 0
			}
		}
		if t.feed = b == '\n' && t.returned && t.quoted; t.feed {
			b = '\r'
		}
		t.returned = b == '\r' && !t.feed
		p[n] = b
		n++
	}
	return n, nil
}

// withoutBOM skips the byte order mark that some programs begin a text with.
func withoutBOM(r io.Reader) *bufio.Reader {
	const mark = "\ufeff"
	text := bufio.NewReaderSize(r, 64<<10)
	if start, _ := text.Peek(len(mark)); string(start) == mark { // an error comes again
		_, _ = text.Discard(len(mark))
	}
	return text
}
