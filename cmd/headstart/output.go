package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// outputError says that a result cannot be written where it is wanted.
type outputError struct {
	what  string // head or index
	path  string
	cause error
}

func (e *outputError) Error() string {
	return fmt.Sprintf("cannot write %s %s: %v", e.what, e.path, withoutPath(e.cause))
}
func (e *outputError) Unwrap() error { return e.cause }

// withoutPath is an error without the path, which the caller says itself.
func withoutPath(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}

// checkWritable fails early, before minutes of work, where a file could not be
// written at the end, or would replace an image: a photo after -o is a slip.
func checkWritable(what, path string) error {
	if format := imageio.Format(beginning(path)); format != "" {
		return &outputError{what, path, fmt.Errorf("the file that is there is an image (%s)", format)}
	}
	probe, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return &outputError{what, path, err}
	}
	return probe.Close()
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
