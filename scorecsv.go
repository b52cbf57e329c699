package headstart

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// csvScores writes scores as CSV.
type csvScores struct {
	classes []string
	top     int    // how many classes a row has
	head    string // digest of the head for the last column, or "" for none
	columns []string

	callUnknown bool

	row  []string
	text bytes.Buffer
	csv  *csv.Writer // to text
}

func newCSVScores(classes []string, top int, head string, callUnknown bool) *csvScores {
	f := &csvScores{classes: classes, top: top, head: head, callUnknown: callUnknown}
	f.columns = []string{"path", "class", "likeliest", "probability"}
	for k := 2; k <= top; k++ {
		f.columns = append(f.columns, fmt.Sprintf("class_%d", k), fmt.Sprintf("probability_%d", k))
	}
	f.columns = append(f.columns, "unknown", "is_unknown", "error")
	if head != "" {
		f.columns = append(f.columns, "head")
	}
	f.csv = csv.NewWriter(&f.text)
	return f
}

// csvPrefix is what every header begins with.
const csvPrefix = "path,class,"

func (f *csvScores) errorColumn() int { return slices.Index(f.columns, "error") }

func (f *csvScores) header() []byte { return f.write(f.columns) }

func (f *csvScores) line(p Prediction) []byte {
	row := append(f.row[:0], csvText(p.Path))
	if p.Err != nil {
		row = append(row, make([]string, f.errorColumn()-1)...)
		row = append(row, csvText(p.Err.Error()))
	} else {
		row = append(row, csvText(p.class(f.callUnknown)))
		for _, k := range likeliest(p.Probabilities, f.top) {
			row = append(row, csvText(f.classes[k]), csvNumber(p.Probabilities[k]))
		}
		unknown, isUnknown := "", ""
		if p.hasUnknownScore() {
			unknown, isUnknown = csvNumber(p.UnknownScore), strconv.FormatBool(p.IsUnknown)
		}
		row = append(row, unknown, isUnknown, "")
	}
	if f.head != "" {
		row = append(row, f.head)
	}
	f.row = row
	return f.write(row)
}

func (f *csvScores) write(row []string) []byte {
	f.text.Reset()
	_ = f.csv.Write(row) // a bytes.Buffer takes everything
	f.csv.Flush()
	return f.text.Bytes()
}

func (f *csvScores) resume(file scoreFile) (*writtenScores, error) {
	header := f.header()
	text := bufio.NewReaderSize(file, len(header))
	start, _ := text.Peek(len(header)) // an error comes again
	if bytes.HasPrefix(start, []byte(linePrefix)) {
		return nil, errors.New("it holds JSON Lines, not CSV")
	}
	written := newWrittenScores()
	if int64(len(start)) == file.Size() && len(start) < len(header) && bytes.HasPrefix(header, start) {
		return written, nil // empty, or incomplete within the header
	}
	var raw bytes.Buffer // what rows has read from written.size on
	rows := csv.NewReader(io.TeeReader(text, &raw))
	rows.FieldsPerRecord = -1 // checked below
	rows.ReuseRecord = true
	for n := 0; ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return written, nil
		}
		end := rows.InputOffset()
		line := raw.Next(int(end - written.size))
		incomplete := end == file.Size() && (line[len(line)-1] != '\n' || errors.Is(err, csv.ErrQuote))
		switch {
		case n == 0 && len(row) > 2 && row[2] == "probability": // there was no column likeliest
			return nil, errOlderScores
		case n == 0 && !slices.Equal(row, f.columns):
			return nil, fmt.Errorf("it does not begin with the columns %s", strings.Join(f.columns, ","))
		case incomplete:
			return written, nil
		case err != nil:
			return nil, fmt.Errorf("it is damaged: %w", err)
		case n == 0:
			written.size = end
		case len(row) != len(f.columns):
			return nil, fmt.Errorf("it is damaged: row %d has %d columns, not %d", n, len(row), len(f.columns))
		case row[len(row)-1] != f.head:
			return nil, otherHeadError(n, row[len(row)-1], f.head)
		default:
			reason := strings.Clone(row[f.errorColumn()]) // without the rest of the row
			written.add(textOf(firstCell(line)), textOf(reason), end)
		}
	}
}

// firstCell returns the first cell of a row that encoding/csv has found right.
// It is not the reader's because that takes \r\n within a cell for \n.
func firstCell(row []byte) string {
	row = bytes.TrimLeft(row, "\r\n") // empty lines
	if row[0] != '"' {
		cell, _, _ := bytes.Cut(row, []byte{','})
		return string(cell)
	}
	var cell []byte
	for i := 1; row[i] != '"' || row[i+1] == '"'; i++ {
		if row[i] == '"' {
			i++
		}
		cell = append(cell, row[i])
	}
	return string(cell)
}

// unknownMark follows a head's digest where --unknown was asked for.
const unknownMark = "+unknown"

// errOlderScores says that lines have other columns than those of today.
var errOlderScores = errors.New("its lines were written by an older version of headstart, without the likeliest class")

// otherHeadError tells why lines that begin with its cannot stand beside ours.
func otherHeadError(line int, its, ours string) error {
	switch {
	case its+unknownMark == ours:
		return fmt.Errorf("line %d of its scores was written without --unknown", line)
	case its == ours+unknownMark:
		return fmt.Errorf("line %d of its scores was written with --unknown", line)
	}
	return fmt.Errorf("line %d of its scores is of another head: %q, not %q", line, its, ours)
}
