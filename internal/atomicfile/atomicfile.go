// Package atomicfile writes files that appear under their name whole or not at
// all, and that survive a power cut once they have appeared.
//
// What is written goes to a hidden temporary file in the same folder, which is
// synced and renamed, after which the folder is synced. Until the rename, a
// file of that name keeps its old content. A process that is killed may leave
// its temporary file behind (".tmp-…"), never a partial file.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Write creates or replaces the file at path with what write writes. If write
// fails, or anything after it, path is left as it was. Errors name path. As in
// os.WriteFile, the permission bits perm are those of a new file, before umask:
// one that is replaced hands its own on.
func Write(path string, perm fs.FileMode, write func(io.Writer) error) error {
	f, err := Create(path, perm)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		if named := new(fs.PathError); errors.As(err, &named) && named.Path == path {
			return err
		}
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Commit()
}

// A File is being written and does not have its final name yet. It is not safe
// for concurrent use.
type File struct {
	path string
	tmp  *os.File
	done bool
}

// Create begins a file that Commit will put at path. What is at path already
// must be a regular file, so that a device such as /dev/null is never replaced,
// nor a link such as /dev/stdout; and none that is protected against writing.
// The caller must call Close in any case.
func Create(path string, perm fs.FileMode) (*File, error) {
	old, err := os.Lstat(path)
	replaces := err == nil
	if replaces {
		perm = old.Mode().Perm()
		switch {
		case !old.Mode().IsRegular():
			return nil, &fs.PathError{Op: "create", Path: path, Err: errors.New("not a regular file")}
		case perm&0o222 == 0:
			return nil, &fs.PathError{Op: "create", Path: path, Err: errors.New("the file that is there is write-protected")}
		}
	}
	name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".tmp-%016x", rand.Uint64()))
	tmp, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, about(path, err)
	}
	f := &File{path: path, tmp: tmp}
	if replaces { // umask is for new files
		if err := tmp.Chmod(perm); err != nil {
			return nil, errors.Join(about(path, err), f.Close())
		}
	}
	return f, nil
}

// TempName returns the path of the temporary file, for a writer that wants a
// name rather than an io.Writer. It must be closed there before Commit.
func (f *File) TempName() string { return f.tmp.Name() }

// Write appends p to the temporary file.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.tmp.Write(p)
	return n, about(f.path, err)
}

// Commit puts the file at its path and returns when both are on the disk. After
// an error the old content is still there, except if only the folder's sync
// failed: then the new file is in place, and a power cut may undo that.
func (f *File) Commit() error {
	if err := f.tmp.Sync(); err != nil {
		return about(f.path, err)
	}
	if err := f.tmp.Close(); err != nil {
		return about(f.path, err)
	}
	if err := rename(f.tmp.Name(), f.path); err != nil {
		return about(f.path, err)
	}
	f.done = true
	return SyncDir(filepath.Dir(f.path))
}

// Close removes the temporary file unless Commit has put it in place.
func (f *File) Close() error {
	if f.done {
		return nil
	}
	f.done = true
	f.tmp.Close() // Commit may have closed it; nothing of it is kept anyway
	return about(f.path, os.Remove(f.tmp.Name()))
}

// SyncDir makes created, renamed and removed names in a folder survive a power
// cut.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" { // which has no such thing
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // this file system has no such thing as a folder's sync
	}
	return err
}

// about makes an error about the temporary file one about path, the only name
// that means something to the user.
func about(path string, err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
	case *os.LinkError:
		return &fs.PathError{Op: e.Op, Path: path, Err: e.Err}
	}
	return err
}
