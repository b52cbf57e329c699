package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// files is the origin of samples that are files of their own.
type files struct {
	cwd string // what relative paths are relative to
}

func newFiles() (*files, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("cannot tell the working folder: %w", err)
	}
	return &files{cwd: cwd}, nil
}

func (f *files) id(s Sample) (ID, error) {
	info, err := os.Stat(s.Path)
	if err != nil {
		return ID{}, err
	}
	return f.idOf(s.Path, info), nil
}

func (f *files) idOf(path string, info os.FileInfo) ID {
	return ID{Path: f.abs(path), Size: info.Size(), ModTime: info.ModTime().UnixNano(), Inode: inode(info)}
}

func (f *files) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.cwd, path)
}

// real returns the absolute path without links.
func (f *files) real(path string) (string, error) { return filepath.EvalSymlinks(f.abs(path)) }

func (f *files) read(s Sample, buf []byte, max int64) ([]byte, error) {
	info, err := os.Stat(s.Path) // before Open, which waits for ever at a pipe
	switch {
	case err != nil:
		return buf, err
	case !info.Mode().IsRegular():
		return buf, &fs.PathError{Op: "read", Path: s.Path, Err: errors.New("not a regular file")}
	case info.Size() > max:
		return buf, tooLarge(s.Path, info.Size(), max)
	}
	file, err := os.Open(s.Path)
	if err != nil {
		return buf, err
	}
	defer file.Close()
	// One byte more than expected, so that the end is found in one read.
	buf = slices.Grow(buf, int(info.Size())+1)
	for {
		n, err := file.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case int64(len(buf)) > max:
			return buf, tooLarge(s.Path, int64(len(buf)), max)
		case len(buf) == cap(buf): // the file has grown since Stat
			buf = slices.Grow(buf, len(buf))
		}
	}
}

func tooLarge(path string, size, max int64) error {
	return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%d bytes are over the limit of %d", size, max)}
}
