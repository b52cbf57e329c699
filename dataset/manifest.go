package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// line is one image of a manifest, as it is written there.
type line struct {
	path, sha256, label, split, group string
}

// manifestReader reads the lines of a manifest, one at a time.
type manifestReader interface {
	// next returns the next image and the number of its line, io.EOF at the
	// end. The number is right for an error too.
	next() (line, int, error)
	// unknown names the columns of the manifest that mean nothing here.
	unknown() []string
}

func isManifest(path string) bool {
	return slices.Contains([]string{".csv", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(path)))
}

// addManifest adds the samples that a manifest names.
func (s *scan) addManifest(path string, content io.Reader, where locate) error {
	var reader manifestReader
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		reader = newCSVReader(content)
	} else {
		reader = newJSONReader(content)
	}
	intern := map[string]string{} // labels and groups, which occur again and again
	for s.ctx.Err() == nil {
		l, number, err := reader.next()
		if err == io.EOF {
			break
		}
		var sample Sample
		if err == nil {
			sample, err = l.sample(where)
		}
		if err == nil && s.labelled && l.label == "" {
			err = errors.New("no label")
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		sample.Label, sample.Group = once(intern, l.label), once(intern, l.group)
		s.found.add(sample)
	}
	if unknown := reader.unknown(); len(unknown) > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: columns that mean nothing here are passed over: %q", path, unknown))
	}
	return nil
}

// once returns the one copy of a string that is kept.
func once(seen map[string]string, s string) string {
	if kept, found := seen[s]; found {
		return kept
	}
	s = strings.Clone(s)
	seen[s] = s
	return s
}

// sample makes a sample of a line, without its label and group.
func (l line) sample(where locate) (s Sample, err error) {
	var sum [sha256.Size]byte
	if l.sha256 != "" {
		digits, err := hex.DecodeString(l.sha256)
		if err != nil || len(digits) != len(sum) {
			return s, fmt.Errorf("the sha256 %q is not 64 hexadecimal digits", l.sha256)
		}
		sum = [sha256.Size]byte(digits)
	}
	switch {
	case l.path != "":
		if s, err = where(l.path); err != nil {
			return s, err
		}
	case l.sha256 != "":
		s = Sample{Path: "sha256:" + strings.ToLower(l.sha256), from: absent{errNoPath}}
	default:
		return s, errors.New("neither a path nor a sha256")
	}
	s.SHA256, s.Named = sum, true
	if s.Split = splitNamed(l.split); s.Split == Unsplit && l.split != "" {
		return s, fmt.Errorf("the split %q is none of train, val and test", l.split)
	}
	return s, nil
}

var errNoPath = errors.New("the manifest gives no path to read it from")

// absent is the origin of samples that are not to be had.
type absent struct{ why error }

func (a absent) id(s Sample) (ID, error) {
	return ID{}, &fs.PathError{Op: "read", Path: s.Path, Err: a.why}
}

func (a absent) read(s Sample, buf []byte, _ int64) ([]byte, error) {
	_, err := a.id(s)
	return buf, err
}
