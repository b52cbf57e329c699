package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrNUL says that a list of lines has NULs in it, as find -print0 writes them.
var ErrNUL = errors.New("the list has NULs between its paths")

// ReadList reads paths from r to its end, one per line, or with nul each followed
// by a NUL, as find -print0 writes them. It returns ctx's cause when ctx is done,
// even if r still waits for something to read.
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
		return splitList(got.list, nul)
	}
}

func splitList(list []byte, nul bool) ([]string, error) {
	separator := []byte{'\n'}
	if nul {
		separator = []byte{0}
	} else if bytes.IndexByte(list, 0) >= 0 {
		return nil, ErrNUL
	}
	var paths []string
	for path := range bytes.SplitSeq(list, separator) {
		if len(path) > 0 {
			paths = append(paths, string(path))
		}
	}
	return paths, nil
}
