package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/digitalinnovationone/headstart/internal/pathjson"
	"github.com/digitalinnovationone/headstart/internal/sheet"
)

// jsonLine is the JSON form of a line, as it is written.
type jsonLine struct {
	Path   pathjson.String `json:"path,omitempty"`
	SHA256 string          `json:"sha256,omitempty"`
	Label  pathjson.String `json:"label,omitempty"`
	Split  string          `json:"split,omitempty"`
	Group  pathjson.String `json:"group,omitempty"`
	Weight json.RawMessage `json:"weight,omitempty"` // a number
}

// jsonReader reads a manifest in JSON Lines: an object per line.
type jsonReader struct {
	lines  *bufio.Scanner
	number int
	first  bool
	others []string // keys of the first object
}

func newJSONReader(r io.Reader) *jsonReader {
	lines := bufio.NewScanner(sheet.Text(r))
	lines.Buffer(nil, maxLine)
	lines.Split(sheet.ScanLines)
	return &jsonReader{lines: lines, first: true}
}

func (r *jsonReader) unknown() []string { return r.others }

func (r *jsonReader) next() (line, int, error) {
	for r.lines.Scan() {
		r.number++
		text := bytes.TrimSpace(r.lines.Bytes())
		if len(text) == 0 {
			continue
		}
		l, err := r.parse(text)
		return l, r.number, err
	}
	err := r.lines.Err()
	switch {
	case err == nil:
		return line{}, r.number, io.EOF
	case errors.Is(err, bufio.ErrTooLong):
		err = fmt.Errorf("it is longer than %d bytes", maxLine)
	}
	return line{}, r.number + 1, err
}

func (r *jsonReader) parse(text []byte) (l line, err error) {
	switch {
	case text[0] != '{':
		return l, fmt.Errorf("%.20q is not a JSON object: write one for each image, on a line of its own", text)
	case !utf8.Valid(text):
		return l, errors.New("the text is not UTF-8: save the file as UTF-8")
	}
	var j struct{ Path, SHA256, Label, Split, Group, Weight json.RawMessage }
	if err := json.Unmarshal(text, &j); err != nil {
		return l, fmt.Errorf("it is not one JSON object: %w", err)
	}
	if r.first {
		r.first = false
		r.lookAtKeys(text)
	}
	l.escaped = true
	for _, field := range []struct {
		name   string
		value  json.RawMessage
		number bool // a whole number is a name too
		to     *string
	}{
		{"path", j.Path, false, &l.path}, {"sha256", j.SHA256, false, &l.sha256}, {"label", j.Label, true, &l.label},
		{"split", j.Split, false, &l.split}, {"group", j.Group, true, &l.group},
	} {
		if *field.to, err = jsonText(field.name, field.value, field.number); err != nil {
			return l, err
		}
	}
	l.split = strings.TrimSpace(l.split)
	if weight := string(j.Weight); weight != "" && weight != "null" {
		value, failed := strconv.ParseFloat(weight, 64)
		l.weight, err = weightOf(weight, value, failed)
	}
	return l, err
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// jsonText reads the text of a field, or its whole number if there may be one.
func jsonText(name string, value json.RawMessage, number bool) (string, error) {
	if number && wholeNumber.Match(value) {
		return string(value), nil
	}
	var text pathjson.String
	if len(value) == 0 {
		return "", nil
	}
	if text.UnmarshalJSON(value) != nil {
		if number {
			return "", fmt.Errorf("the %s %s is neither text nor a whole number", name, clipped(string(value)))
		}
		return "", fmt.Errorf("the %s %s is not text: write it in quotes", name, clipped(string(value)))
	}
	return string(text), nil
}

// clipped is the beginning of a value of a file, for a message.
func clipped(value string) string {
	if len(value) > 40 {
		return fmt.Sprintf("%.40s…", value)
	}
	return value
}

func (r *jsonReader) lookAtKeys(object []byte) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(object, &keys) != nil {
		return // cannot happen: it was read as a line
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !slices.ContainsFunc(lineColumns, func(c string) bool { return strings.EqualFold(c, key) }) {
			r.others = append(r.others, key)
		}
	}
}
