package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// jsonLine is the JSON form of a line.
type jsonLine struct {
	Path   pathjson.String `json:"path,omitempty"`
	SHA256 string          `json:"sha256,omitempty"`
	Label  pathjson.String `json:"label,omitempty"`
	Split  string          `json:"split,omitempty"`
	Group  pathjson.String `json:"group,omitempty"`
	Weight json.RawMessage `json:"weight,omitempty"` // a number, if it is right
}

// jsonReader reads a manifest in JSON Lines: an object per line.
type jsonReader struct {
	lines  *bufio.Scanner
	number int
	first  bool
	others []string // keys of the first object
}

func newJSONReader(r io.Reader) *jsonReader {
	lines := bufio.NewScanner(withoutBOM(r))
	lines.Buffer(nil, maxLine)
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
		if text[0] != '{' {
			return line{}, r.number, fmt.Errorf("%.20q is not a JSON object", text)
		}
		var j jsonLine
		if err := json.Unmarshal(text, &j); err != nil {
			return line{}, r.number, err
		}
		if r.first {
			r.first = false
			r.lookAtKeys(text)
		}
		weight := string(j.Weight)
		if weight == "null" {
			weight = ""
		}
		return line{string(j.Path), j.SHA256, string(j.Label), j.Split, string(j.Group), weight}, r.number, nil
	}
	err := r.lines.Err()
	switch {
	case err == nil:
		return line{}, r.number, io.EOF
	case errors.Is(err, bufio.ErrTooLong):
		err = errLongLine
	}
	return line{}, r.number + 1, err
}

func (r *jsonReader) lookAtKeys(object []byte) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(object, &keys) != nil {
		return // cannot happen: it was read as a jsonLine
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if !slices.ContainsFunc(lineColumns, func(c string) bool { return strings.EqualFold(c, key) }) {
			r.others = append(r.others, key)
		}
	}
}
