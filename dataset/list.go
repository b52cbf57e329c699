package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/sheet"
)

// ErrNUL says that a list of lines has NULs in it, as find -print0 writes them.
var ErrNUL = errors.New("the list has NULs between its paths")

// ReadList reads paths from r to its end, one per line, or with nul each followed
// by a NUL, as find -print0 writes them. It returns ctx's cause when ctx is done,
// even if r still waits for something to read.
//
// Lines may be as Windows writes them: with a carriage return at the end, after a
// byte order mark, in UTF-16. Paths that are followed by a NUL are taken as they
// are.
func ReadList(ctx context.Context, r io.Reader, nul bool) ([]string, error) {
	type result struct {
		list []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		list, err := io.ReadAll(r)
		read <- result{list, err}
	}()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case got := <-read:
		if got.err != nil {
			return nil, fmt.Errorf("cannot read the list of images: %w", got.err)
		}
		return splitList(got.list, nul, func(path string) bool {
			_, err := os.Lstat(path)
			return err == nil
		})
	}
}

// splitList returns the paths in a list; has reports whether there is such a file.
func splitList(list []byte, nul bool, has func(path string) bool) ([]string, error) {
	if nul {
		return parts(list, 0), nil
	}
	list, err := plainText(list)
	if err != nil {
		return nil, fmt.Errorf("cannot read the list of images: %w", err)
	}
	if bytes.IndexByte(list, 0) >= 0 {
		return nil, ErrNUL
	}
	return withoutReturns(parts(list, '\n'), has), nil
}

// parts returns what is between separators, without what is empty.
func parts(list []byte, separator byte) (paths []string) {
	for path := range bytes.SplitSeq(list, []byte{separator}) {
		if len(path) > 0 {
			paths = append(paths, string(path))
		}
	}
	return paths
}

// plainText returns a list in UTF-8 without a byte order mark. Names may begin
// with the bytes of a mark of UTF-16, but none has zeros in it.
func plainText(list []byte) ([]byte, error) {
	wide := bytes.HasPrefix(list, []byte{0xff, 0xfe}) || bytes.HasPrefix(list, []byte{0xfe, 0xff})
	if wide && bytes.IndexByte(list, 0) >= 0 || bytes.HasPrefix(list, []byte("\ufeff")) {
		return io.ReadAll(sheet.Text(bytes.NewReader(list)))
	}
	return list, nil
}

// withoutReturns removes the carriage returns at the ends of lines. Names may end
// with any byte: one that a file ends with stays.
func withoutReturns(lines []string, has func(path string) bool) []string {
	paths := lines[:0]
	for _, line := range lines {
		if strings.HasSuffix(line, "\r") && !has(line) {
			line = strings.TrimRight(line, "\r")
		}
		if line != "" {
			paths = append(paths, line)
		}
	}
	return paths
}
