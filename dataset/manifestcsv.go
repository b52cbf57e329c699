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
	columns map[string]int // nil before the first record is read
	others  []string
}

func newCSVReader(r io.Reader) *csvReader {
	records := csv.NewReader(&keepReturns{r: withoutBOM(r)})
	records.ReuseRecord = true
	return &csvReader{Reader: records}
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
	return line{column("path"), column("sha256"), column("label"), column("split"), column("group")}, number, nil
}

func (r *csvReader) readHeader() (number int, err error) {
	header, number, err := r.record()
	if err == io.EOF {
		return 1, errors.New("no header, which names the columns")
	}
	if err != nil {
		return number, err
	}
	r.columns = map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
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
		return number, fmt.Errorf("the header has neither a column path nor sha256, only %q", header)
	}
	return number, nil
}

// lineColumns are the columns of a manifest.
var lineColumns = []string{"path", "sha256", "label", "split", "group"}

// record returns the next record and where it begins.
func (r *csvReader) record() (record []string, number int, err error) {
	record, err = r.Read()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, wrong.Line, wrong.Err
	}
	if err == nil {
		number, _ = r.FieldPos(0)
	}
	return record, number, err
}

// keepReturns doubles a carriage return before a line feed within quotes, of
// which encoding/csv then leaves one: names may hold any bytes.
type keepReturns struct {
	r        *bufio.Reader
	quoted   bool
	returned bool // the byte before was a carriage return
	feed     bool // a line feed is still to be given
}

func (k *keepReturns) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if k.feed {
			p[n], k.feed = '\n', false
			n++
			continue
		}
		b, err := k.r.ReadByte()
		if err != nil {
			return n, err
		}
		if b == '"' {
			k.quoted = !k.quoted
		}
		if k.feed = b == '\n' && k.returned && k.quoted; k.feed {
			b = '\r'
		}
		k.returned = b == '\r' && !k.feed
		p[n] = b
		n++
	}
	return n, nil
}

// withoutBOM passes over the mark that some programs begin a text with.
func withoutBOM(r io.Reader) *bufio.Reader {
	const mark = "\ufeff"
	text := bufio.NewReaderSize(r, 64<<10)
	if start, _ := text.Peek(len(mark)); string(start) == mark { // an error comes again
		_, _ = text.Discard(len(mark))
	}
	return text
}
