package dataset

import (
	"bufio"
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
	"strings"
)

// line is one image of a manifest, as written there.
type line struct {
	path, sha256, label, split, group string
	weight                            *float64
	escaped                           bool // bytes that are not UTF-8 were written as such, in escapes
}

// maxLine bounds the line of one image in a manifest, in bytes; maxName bounds
// each of its names.
const maxLine = 1 << 20

// manifestReader reads the lines of a manifest, one at a time.
type manifestReader interface {
	// next returns the next image and the number of its line, io.EOF at the
	// end. The number is right for an error too.
	next() (line, int, error)
	// unknown names the columns that have no meaning here.
	unknown() []string
}

func isManifest(path string) bool {
	return slices.Contains([]string{".csv", ".tsv", ".jsonl", ".ndjson"}, strings.ToLower(filepath.Ext(path)))
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
	text := bufio.NewReader(stoppable{s.ctx, content})
	if start, _ := text.Peek(4); string(start) == "PK\x03\x04" {
		return errors.New("a workbook or zip file and not text: save the sheet as CSV UTF-8")
	}
	var reader manifestReader
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv", ".tsv":
		reader = newCSVReader(text)
	default:
		reader = newJSONReader(text)
	}
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
			err = errNoLabel
		case added == most:
			err = fmt.Errorf("more than %d images, too many for the entries of the zip file", most)
		}
		if unknown := firstFew(reader.unknown()); len(unknown) > 0 && (err == errNoLabel || err == errNoImage) {
			err = fmt.Errorf("%w (columns of unknown meaning: %.40q)", err, unknown)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		sample.Label, sample.Group = s.classes.name(l.label), s.groups.name(l.group)
		s.found = append(s.found, sample)
	}
	if unknown := firstFew(reader.unknown()); len(unknown) > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%s: ignored columns of unknown meaning: %.40q", path, unknown))
	}
	return nil
}

func firstFew(columns []string) []string { return columns[:min(len(columns), 10)] }

// sample makes a sample of a line, without its label and group.
func (l *line) sample(where locate) (s Sample, err error) {
	if max(len(l.path), len(l.label), len(l.group)) > maxName {
		return s, fmt.Errorf("a path, label or group is longer than %d bytes", maxName)
	}
	var sum [sha256.Size]byte
	if l.sha256 != "" {
		digits, err := hex.DecodeString(l.sha256)
		if err != nil || len(digits) != len(sum) {
			return s, fmt.Errorf("the sha256 %s is not 64 hexadecimal digits", shown(l.sha256))
		}
		sum = [sha256.Size]byte(digits)
	}
	if err := l.resolvePath(where.has); err != nil {
		return s, err
	}
	switch {
	case l.path != "":
		if s, err = where.sample(l.path); err != nil {
			return s, err
		}
	case l.sha256 != "":
		s = Sample{Path: "sha256:" + strings.ToLower(l.sha256), from: absent{ErrNoPath}}
	default:
		return s, errNoImage
	}
	s.SHA256, s.Explicit = sum, true
	if s.Split = splitNamed(l.split); s.Split == Unsplit && l.split != "" {
		return s, fmt.Errorf("the split %s is not train, val or test", shown(l.split))
	}
	s.Weight = l.weight
	return s, nil
}

var (
	errNoImage = errors.New("neither a path nor a sha256")
	errNoLabel = errors.New("no label")
)

// weightOf returns the weight that a text was read as.
func weightOf(text string, weight float64, err error) (*float64, error) {
	if err != nil || !(weight >= 0 && weight <= math.MaxFloat32) {
		return nil, fmt.Errorf("the weight %s is not a number, 0 or more", clipped(text))
	}
	return &weight, nil
}

// ErrNoPath is why an image cannot be read of which a manifest gives only the digest.
var ErrNoPath = errors.New("the manifest gives no path to read it from")

// absent is the origin of samples that cannot be read.
type absent struct{ why error }

func (a absent) id(s Sample) (ID, error) {
	return ID{}, &fs.PathError{Op: "read", Path: s.Path, Err: a.why}
}

func (a absent) read(s Sample, buf []byte, _ int64) ([]byte, error) {
	_, err := a.id(s)
	return buf, err
}
