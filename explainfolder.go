package headstart

import (
	"bufio"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// ExplanationsIndex is the file in a folder of explanations that says what is in the
// others: JSON Lines, one for each image.
const ExplanationsIndex = "explanations.jsonl"

// ExplanationsWhat is OutputError.What for a folder of explanations.
const ExplanationsWhat = "explanations"

// CheckExplanationsFolder fails early if [WriteExplanations] would refuse the folder.
// Its error is an [*OutputError].
func CheckExplanationsFolder(folder string) error {
	found, err := os.ReadDir(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &OutputError{ExplanationsWhat, folder, err}
	case len(found) > 0:
		return &OutputError{ExplanationsWhat, folder, errors.New("the folder is not empty")}
	}
	return nil
}

// WriteExplanations writes explanations, such as those of [Classifier.ExplainAll],
// into a folder, which must be new or empty: each map laid over its photo as a JPEG
// file, and at last an [ExplanationsIndex]. It returns the first error that explanations
// holds, and then leaves what is written so far without an index.
func WriteExplanations(folder string, explanations iter.Seq2[*Explanation, error]) error {
	if err := CheckExplanationsFolder(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return &OutputError{ExplanationsWhat, folder, err}
	}
	index, err := atomicfile.Create(filepath.Join(folder, ExplanationsIndex), 0o666)
	if err != nil {
		return &OutputError{ExplanationsWhat, folder, err}
	}
	defer os.Remove(folder) // if nothing is in it
	defer index.Close()
	lines := bufio.NewWriter(index)
	number := 0
	for e, err := range explanations {
		if err != nil {
			return err
		}
		number++
		overlays, err := e.writeOverlays(folder, number)
		if err != nil {
			return err
		}
		line, err := e.json(overlays)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n')) // Flush tells of errors
	}
	if err := errors.Join(lines.Flush(), index.Commit()); err != nil {
		return &OutputError{ExplanationsWhat, folder, err}
	}
	return nil
}

// writeOverlays writes each map of the image with that number over its photo. It
// returns the files' names.
func (e *Explanation) writeOverlays(folder string, number int) (names []string, err error) {
	base := filepath.Base(e.Path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	for i, m := range e.Maps {
		name := fmt.Sprintf("%04d.%d-%s-%s.jpg", number, i+1, safeName(base), safeName(m.Class))
		path := filepath.Join(folder, name)
		err := atomicfile.Write(path, 0o666, func(w io.Writer) error { return e.EncodeOverlay(w, i) })
		if err != nil {
			return nil, &OutputError{ExplanationsWhat, path, err}
		}
		names = append(names, name)
	}
	return names, nil
}

// EncodeOverlay writes an Overlay as a JPEG file.
func (e *Explanation) EncodeOverlay(w io.Writer, i int) error {
	return jpeg.Encode(w, e.Overlay(i), &jpeg.Options{Quality: 88})
}

// safeName is a name, shortened, of characters that no file system and no shell
// takes for anything else.
func safeName(name string) string {
	const most = 40
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, name)
	return safe[:min(len(safe), most)]
}
