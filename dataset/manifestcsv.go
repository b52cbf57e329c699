package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/sheet"
)

// csvReader reads a manifest in CSV. Its first record names the columns.
type csvReader struct {
	records *sheet.Reader
	columns map[string]int // nil before the first record is read
	others  []string
}

func newCSVReader(r io.Reader) *csvReader {
	return &csvReader{records: sheet.NewReader(r, maxLine, knownColumns)}
}

// lineColumns are the columns of a manifest that have a meaning.
var lineColumns = []string{"path", "sha256", "label", "split", "group", "weight"}

// columnName returns the name of a column that a header means.
func columnName(name string) string {
	name = strings.TrimSpace(name)
	if known := strings.ToLower(name); slices.Contains(lineColumns, known) {
		return known
	}
	return name
}

// knownColumns counts the columns of a header that have a meaning.
func knownColumns(header []string, _ byte) (n int) {
	for _, name := range header {
		if slices.Contains(lineColumns, columnName(name)) {
			n++
		}
	}
	return n
}

func (r *csvReader) unknown() []string { return r.others }

func (r *csvReader) next() (l line, number int, err error) {
	if r.columns == nil {
		if number, err := r.readHeader(); err != nil {
			return l, number, err
		}
	}
	record, number, err := r.records.Read()
	if err != nil {
		return l, number, err
	}
	column := func(name string) string {
		if at, found := r.columns[name]; found {
			return record[at]
		}
		return ""
	}
	// Nobody wants a class " cat" beside "cat". The name of a file may begin or
	// end with a space.
	trimmed := func(name string) string { return strings.TrimSpace(column(name)) }
	l = line{path: column("path"), sha256: trimmed("sha256"), label: trimmed("label"), split: trimmed("split"), group: trimmed("group")}
	if weight := trimmed("weight"); weight != "" {
		value, err := sheet.Number(weight, r.records.Separator)
		if l.weight, err = weightOf(weight, value, err); err != nil {
			return l, number, err
		}
	}
	return l, number, nil
}

func (r *csvReader) readHeader() (number int, err error) {
	header, number, err := r.records.Read()
	if err == io.EOF {
		return 1, errors.New("no header line with the names of the columns")
	}
	if err != nil {
		return number, err
	}
	r.columns = map[string]int{}
	for i, name := range header {
		name = columnName(name)
		if name == "" { // spreadsheets write out columns that were emptied
			continue
		}
		if _, twice := r.columns[name]; twice {
			return number, fmt.Errorf("the header has the column %s twice", shown(name))
		}
		r.columns[name] = i
		if !slices.Contains(lineColumns, name) {
			r.others = append(r.others, name)
		}
	}
	_, hasPath := r.columns["path"]
	_, hasDigest := r.columns["sha256"]
	if !hasPath && !hasDigest {
		return number, fmt.Errorf("the header has no column named path or sha256, only %.40q: the first line must name the columns, such as path,label", firstFew(header))
	}
	return number, nil
}

// shown quotes a text of a file for a message, at most its beginning.
func shown(text string) string {
	const most = 60
	if len(text) > most {
		return fmt.Sprintf("%.*q…", most/2, text)
	}
	return fmt.Sprintf("%q", text)
}
