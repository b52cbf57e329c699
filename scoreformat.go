package headstart

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ScoreFormat says how a [ScoreWriter] writes predictions. The zero value is CSV
// with the likeliest class.
type ScoreFormat struct {
	JSON bool // JSON Lines, not CSV
	Top  int  // how many of the likeliest classes are written; 0 means 1 in CSV and all in JSON
	// CallUnknown writes UnknownClass as the class of an image that is beyond the
	// head's threshold. The likeliest class and its probability stand there too.
	CallUnknown bool
}

// UnknownClass is what ScoreFormat.CallUnknown calls an image of none of the
// classes.
const UnknownClass = "unknown"

// lineFormat turns predictions into lines.
type lineFormat interface {
	// header is what a file begins with.
	header() []byte
	// line is an image's line, valid until the next call.
	line(Prediction) []byte
	// resume reads a file to its end. Its error says what is not as this format
	// writes it.
	resume(file scoreFile) (*writtenScores, error)
}

// scoreFile is what an earlier run has written.
type scoreFile interface {
	io.Reader
	Size() int64 // bytes
}

// lines returns the format's lines. With mark, each line says which head it is of.
func (c *Classifier) lines(f ScoreFormat, mark bool) (lineFormat, error) {
	classes := c.Classes()
	switch {
	case f.Top < 0 || f.Top > len(classes):
		return nil, fmt.Errorf("cannot write the %d likeliest classes: the head has %d", f.Top, len(classes))
	case f.CallUnknown && c.head.Meta.Unknown == nil:
		return nil, fmt.Errorf("head %s has no unknown score", c.file())
	case f.CallUnknown && slices.Contains(classes, UnknownClass):
		return nil, fmt.Errorf("head %s has a class named %q", c.file(), UnknownClass)
	}
	digest := ""
	if mark {
		saved := c.saved.Load()
		if saved == nil {
			return nil, errors.New("cannot mark scores with their head: save it first")
		}
		if digest = saved.digest; f.CallUnknown {
			digest += unknownMark // classes are then written differently
		}
	}
	if f.JSON {
		return &jsonScores{classes: classes, top: f.Top, head: digest, callUnknown: f.CallUnknown}, nil
	}
	return newCSVScores(classes, max(1, f.Top), digest, f.CallUnknown), nil
}

// class returns what is written as the image's class.
func (p *Prediction) class(callUnknown bool) string {
	if callUnknown && p.IsUnknown {
		return UnknownClass
	}
	return p.Class
}

// likeliest returns the indices of the n largest probabilities, the largest
// first and equals in the order of the classes.
func likeliest(probabilities []float64, n int) []int {
	order := make([]int, len(probabilities))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(probabilities[b], probabilities[a]) })
	return order[:n]
}
