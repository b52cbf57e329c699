package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

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
	cause := e.cause
	if named, ok := errors.AsType[*fs.PathError](cause); ok {
		cause = named.Err
	}
	return fmt.Sprintf("cannot write %s %s: %v", e.what, e.path, cause)
}
func (e *outputError) Unwrap() error { return e.cause }

// beginnings are those of the files that commands write over without asking,
// by what they hold. Anything else that bears the name is a slip of the user's:
// a photo or a head after -o.
var beginnings = map[string][]string{
	"index":    {`{"path":`},
	"manifest": {`{"path":`, `{"sha256":`},
	"rows":     {"path,label,class,"},
	"scores":   {"path,class,", `{"path":`},
	"table":    {"sha256,path,", "\x93NUMPY", "PAR1"},
}

// checkReplaceable refuses to lose a file that is no earlier result of the same
// kind.
func checkReplaceable(what, path string) error {
	known := beginnings[what]
	info, err := os.Stat(path)
	if known == nil || err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return &outputError{what, path, err}
	}
	defer file.Close()
	begin, err := io.ReadAll(io.LimitReader(file, 32))
	if err != nil {
		return &outputError{what, path, err}
	}
	if !slices.ContainsFunc(known, func(b string) bool { return strings.HasPrefix(string(begin), b) }) {
		return &outputError{what, path, errors.New("the file that is there holds something else")}
	}
	return nil
}

// checkWritable fails early, before minutes of work, where a file could not be
// written at the end.
func checkWritable(what, path string) error {
	if err := checkReplaceable(what, path); err != nil {
		return err
	}
	probe, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return &outputError{what, path, err}
	}
	return probe.Close()
}

// checkHeadOutput is checkWritable for a head, which replaces no other file
// than a head: a photo after -o is a slip.
func checkHeadOutput(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		if _, err := head.Read(path); err != nil {
			return &outputError{"head", path, errors.New("the file that is there is no head")}
		}
	}
	return checkWritable("head", path)
}
