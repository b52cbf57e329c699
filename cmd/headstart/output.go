package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// outputError says that a result cannot be written where it is wanted.
type outputError struct {
	what  string // head, index or another of the beginnings
	path  string
	cause error
}

func (e *outputError) Error() string {
	return fmt.Sprintf("cannot write %s %s: %v", e.what, e.path, withoutPath(e.cause))
}
func (e *outputError) Unwrap() error { return e.cause }

// beginnings are those of the files that commands write over without asking,
// by what they hold. Anything else that bears the name is a slip of the user's:
// a photo or a head after -o.
var beginnings = map[string][]string{
	"index":    {`{"path":`},
	"manifest": {`{"path":`, `{"sha256":`},
	"rows":     {"path,label,class,"},
	"scores":   {csvPrefix, linePrefix},
	"table":    {"sha256,path,", "\x93NUMPY", "PAR1"},
}

// checkReplaceable refuses to lose an image, one of the files that the command
// reads, or a file that is no earlier result of the same kind.
func checkReplaceable(what, path string, read ...string) error {
	if slices.ContainsFunc(read, func(other string) bool { return sameFile(path, other) }) {
		return &outputError{what, path, errors.New("the command reads this file")}
	}
	there := beginning(path)
	if format := imageio.Format(there); format != "" {
		return &outputError{what, path, fmt.Errorf("the file that is there is an image (%s)", format)}
	}
	known, limited := beginnings[what]
	same := func(b string) bool { return strings.HasPrefix(string(there), b) }
	if limited && len(there) > 0 && !slices.ContainsFunc(known, same) {
		return &outputError{what, path, errors.New("the file that is there holds something else")}
	}
	return nil
}

// withoutPath is an error without the path, which the caller says itself.
func withoutPath(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}

// checkWritable fails early, before minutes of work, where a file could not be
// written at the end, or would replace what is no result.
func checkWritable(what, path string, read ...string) error {
	if err := checkReplaceable(what, path, read...); err != nil {
		return err
	}
	probe, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return &outputError{what, path, err}
	}
	return probe.Close()
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// beginning returns the first bytes of a file, none where it cannot be read.
func beginning(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	start := make([]byte, 512)
	n, _ := io.ReadFull(file, start) // a short file is one too
	return start[:n]
}

// checkHeadOutput is checkWritable for a head, which replaces no other file
// than a head.
func checkHeadOutput(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		if _, err := head.Read(path); err != nil {
			return &outputError{"head", path, errors.New("the file that is there is no head")}
		}
	}
	return checkWritable("head", path)
}
