package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// files is the origin of samples that are files of their own.
type files struct {
	cwd string // what relative paths are relative to
}

func newFiles() (*files, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("cannot find the working folder: %w", err)
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
	changed, inode := changeTimeAndInode(info)
	return ID{Path: f.abs(path), Size: info.Size(), ModTime: info.ModTime().UnixNano(), ChangeTime: changed, Inode: inode}
}

func (f *files) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.cwd, path)
}

// real returns the absolute path without links.
func (f *files) real(path string) (string, error) { return filepath.EvalSymlinks(f.abs(path)) }

// readTimeout ends reads of the few files that wait for something to happen,
// such as /proc/kmsg. Files on disks do not know it.
var readTimeout = 30 * time.Second

func (f *files) read(s Sample, buf []byte, max int64) ([]byte, error) {
	file, info, err := openRegular(s.Path)
	if err != nil {
		return buf, err
	}
	defer file.Close()
	if info.Size() > max {
		return buf, tooLarge(s.Path, info.Size(), max)
	}
	_ = file.SetReadDeadline(time.Now().Add(readTimeout))
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

// openRegular opens a file, but no pipe, which Open would wait for, and no
// device, which may never end.
func openRegular(path string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Open(path)
	return file, info, err
}

// stoppable fails with the cause of its context once that has ended.
type stoppable struct {
	ctx context.Context
	io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Reader.Read(p)
}
