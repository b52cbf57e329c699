package headstart

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// jsonScores writes scores as JSON Lines.
type jsonScores struct {
	classes []string
	top     int    // how many classes a line has, or 0 for all of them by name
	head    string // digest of the head, or "" for none

	callUnknown bool

	text bytes.Buffer
}

// scoreLine is an image's line.
type scoreLine struct {
	Path          pathjson.String    `json:"path"`
	Class         string             `json:"class,omitempty"`
	Likeliest     string             `json:"likeliest,omitempty"` // class, except perhaps where Class is UnknownClass
	Probability   float64            `json:"probability,omitempty"`
	Probabilities map[string]float64 `json:"probabilities,omitempty"`
	Top           []topClass         `json:"top,omitempty"`     // the likeliest first
	Unknown       *float64           `json:"unknown,omitempty"` // how far from all that is known
	IsUnknown     *bool              `json:"is_unknown,omitempty"`
	Threshold     *float64           `json:"threshold,omitempty"` // above which Unknown is unknown
	Error         string             `json:"error,omitempty"`
	Head          string             `json:"head,omitempty"`
}

type topClass struct {
	Class       string  `json:"class"`
	Probability float64 `json:"probability"`
}

// linePrefix is what every line begins with.
const linePrefix = `{"path":"`

func (f *jsonScores) header() []byte { return nil }

func (f *jsonScores) line(p Prediction) []byte {
	line := scoreLine{Path: pathjson.String(p.Path), Head: f.head}
	if p.Err != nil {
		line.Error = p.Err.Error()
	} else {
		for _, k := range likeliest(p.Probabilities, max(1, f.top)) {
			line.Top = append(line.Top, topClass{f.classes[k], p.Probabilities[k]})
		}
		line.Class = p.class(f.callUnknown)
		line.Likeliest, line.Probability = line.Top[0].Class, line.Top[0].Probability
		if p.hasUnknownScore() {
			line.Unknown, line.IsUnknown, line.Threshold = &p.UnknownScore, &p.IsUnknown, numberOrNil(p.Threshold)
		}
		if f.top == 0 {
			line.Top = nil
			line.Probabilities = make(map[string]float64, len(f.classes))
			for k, probability := range p.Probabilities {
				line.Probabilities[f.classes[k]] = probability
			}
		}
	}
	f.text.Reset()
	encoder := json.NewEncoder(&f.text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		panic(err) // strings and finite numbers have a JSON form
	}
	return f.text.Bytes()
}

func (f *jsonScores) resume(file scoreFile) (*writtenScores, error) {
	lines := bufio.NewReader(file)
	if start, _ := lines.Peek(len(csvPrefix)); string(start) == csvPrefix {
		return nil, errors.New("it holds CSV, not JSON Lines")
	}
	written := newWrittenScores()
	for n := 1; written.size < file.Size(); n++ {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF && strings.HasPrefix(linePrefix, string(text[:min(len(text), len(linePrefix))])) {
			return written, nil // an incomplete line
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		var line scoreLine
		if err := json.Unmarshal(text, &line); err != nil {
			return nil, fmt.Errorf("line %d is not a line of JSON scores", n)
		}
		switch {
		case line.Path == "":
			return nil, fmt.Errorf("line %d is not a line of JSON scores: it has no path", n)
		case line.Head != f.head:
			return nil, otherHeadError(n, line.Head, f.head)
		case line.Error == "" && line.Likeliest == "":
			return nil, errOlderScores
		case line.Error == "" && (len(line.Top) != f.top || (line.Probabilities == nil) != (f.top > 0)):
			return nil, errors.New("its lines were written with another --top")
		}
		written.add(string(line.Path), line.Error, written.size+int64(len(text)))
	}
	return written, nil
}
