package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// line is one image of a manifest, as written there.
type line struct {
	path, sha256, label, split, group, weight string
}

// maxLine bounds the line of one image in a manifest, in bytes; maxName bounds
// each of its names.
const maxLine = 1 << 20

var errLongLine = fmt.Errorf("it is longer than %d bytes", maxLine)

// manifestReader reads the lines of a manifest, one at a time.
type manifestReader interface {
	// next returns the next image and the number of its line, io.EOF at the
	// end. The number is right for an error too.
	next() (line, int, error)
	// unknown names the columns that have no meaning here.
	unknown() []string
}

func isManifest(path string) bool {
	return slices.Contains([]string{".csv", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(path)))
}

// addManifestFile adds the samples that a manifest on the disk names.
func (s *scan) addManifestFile(path string) error {
	file, _, err := openRegular(path)
	if err != nil {
		return err
	}
	defer file.Close()
	defer context.AfterFunc(s.ctx, func() { file.Close() })() // ends a read that waits
	return s.addManifest(path, file, s.onDisk(filepath.Dir(path)), math.MaxInt)
}

// addManifest adds the samples that a manifest names, at most so many.
func (s *scan) addManifest(path string, content io.Reader, where locate, most int) error {
	content = stoppable{s.ctx, content}
	var reader manifestReader
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		reader = newCSVReader(content)
	} else {
		reader = newJSONReader(content)
	}
	intern := map[string]string{} // labels and groups, which repeat
	for added := 0; s.ctx.Err() == nil; added++ {
		l, number, err := reader.next()
		if err == io.EOF {
			break
		}
		var sample Sample
		if err == nil {
			sample, err = l.sample(where)
		}
		switch {
		case err != nil:
		case s.labelled && l.label == "":
			err = errors.New("no label")
		case added == most:
			err = fmt.Errorf("more than %d images, too many for the entries of the zip file", most)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		sample.Label, sample.Group = once(intern, l.label), once(intern, l.group)
		s.found = append(s.found, sample)
	}
	if unknown := reader.unknown(); len(unknown) > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: ignored columns of unknown meaning: %q", path, unknown[:min(len(unknown), 10)]))
	}
	return nil
}

// once returns the copy of a string that is kept for all.
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
	if max(len(l.path), len(l.label), len(l.group)) > maxName {
		return s, fmt.Errorf("a path, label or group is longer than %d bytes", maxName)
	}
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
	s.SHA256, s.Explicit = sum, true
	if s.Split = splitNamed(l.split); s.Split == Unsplit && l.split != "" {
		return s, fmt.Errorf("the split %q is not train, val or test", l.split)
	}
	if l.weight != "" {
		weight, err := strconv.ParseFloat(l.weight, 64)
		if err != nil || !(weight >= 0 && weight <= math.MaxFloat32) {
			return s, fmt.Errorf("the weight %s is not a number, 0 or more", l.weight)
		}
		s.Weight = &weight
	}
	return s, nil
}

var errNoPath = errors.New("the manifest gives no path to read it from")

// absent is the origin of samples that cannot be read.
type absent struct{ why error }

func (a absent) id(s Sample) (ID, error) {
	return ID{}, &fs.PathError{Op: "read", Path: s.Path, Err: a.why}
}

func (a absent) read(s Sample, buf []byte, _ int64) ([]byte, error) {
	_, err := a.id(s)
	return buf, err
}
