package dataset

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	if !filepath.IsAbs(path) {
		path = filepath.Join(f.cwd, path)
	}
	return ID{Path: path, Size: info.Size(), ModTime: info.ModTime().UnixNano(), Inode: inode(info)}
}

func (f *files) read(s Sample, buf []byte, max int64) ([]byte, error) {
	file, err := os.Open(s.Path)
	if err != nil {
		return buf, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return buf, err
	}
	if info.Size() > max {
		return buf, tooLarge(s.Path, info.Size(), max)
	}
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

// entry is a file or folder that may hold images.
type entry struct {
	name   string
	folder bool
}

// list returns the entries of a folder by name, without those that hold no
// images on any system: hidden files, what systems leave behind, devices,
// pipes and links that lead nowhere.
func (f *files) list(folder string) ([]entry, error) {
	found, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(found))
	for _, e := range found {
		if isLitter(e.Name()) {
			continue
		}
		kind := e.Type()
		if kind&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(folder, e.Name()))
			if err != nil {
				continue
			}
			kind = info.Mode().Type()
		}
		if kind.IsDir() || kind.IsRegular() {
			entries = append(entries, entry{name: e.Name(), folder: kind.IsDir()})
		}
	}
	return entries, nil
}

func isLitter(name string) bool {
	switch strings.ToLower(name) {
	case "__macosx", "thumbs.db", "desktop.ini":
		return true
	}
	return strings.HasPrefix(name, ".")
}

// walk calls add for every file below folder, in the order of names. A folder
// that is reached again through a link to one above it is not entered.
func (f *files) walk(folder string, add func(path string)) error {
	return f.walkBelow(folder, nil, add)
}

func (f *files) walkBelow(folder string, above []os.FileInfo, add func(path string)) error {
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(above, func(a os.FileInfo) bool { return os.SameFile(a, info) }) {
		return nil
	}
	entries, err := f.list(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.name)
		if !e.folder {
			add(path)
		} else if err := f.walkBelow(path, append(above, info), add); err != nil {
			return err
		}
	}
	return nil
}
