package dataset

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// archive is the place of a zip file's entries, which are read where they lie.
// It stays open for as long as a sample may be read from it. Paths are the zip
// file's own, for its root, or that with "#" and the name of an entry.
type archive struct {
	path    string
	from    *files
	file    *os.File
	entries []zipEntry // in the order of compareNames, no name twice
	skipped []string   // notes
}

func isZip(path string) bool { return strings.EqualFold(filepath.Ext(path), ".zip") }

func openArchive(ctx context.Context, from *files, path string) (*archive, error) {
	file, info, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { file.Close() })
	a, err := readArchive(ctx, path, file, info.Size())
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	a.from, a.file = from, file
	return a, nil
}

func (a *archive) origin() origin { return a }

func (a *archive) notes() []string { return a.skipped }

func (a *archive) enter(string, entry) bool { return true }

func (a *archive) join(folder, name string) string {
	if folder == a.path {
		return folder + "#" + name
	}
	return folder + "/" + name
}

// inside returns the name in the zip file of what has the given path.
func (a *archive) inside(path string) string {
	return strings.TrimPrefix(path[len(a.path):], "#")
}

var errNoEntry = errors.New("the zip file has no such entry")

func (a *archive) open(path string) (io.ReadCloser, error) {
	entry := a.find(a.inside(path))
	if entry == nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errNoEntry}
	}
	const encrypted = 1 // a bit of the flags, APPNOTE.TXT 4.4.4
	if entry.Flags&encrypted != 0 {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("it is encrypted: unpack the zip file with its password")}
	}
	content, err := entry.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		err = errors.New("its compression method is not supported: unpack the zip file")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return content, nil
}

// id describes the zip file that was opened, even if another has its name now.
func (a *archive) id(s Sample) (ID, error) {
	info, err := a.file.Stat()
	if err != nil {
		return ID{}, err
	}
	return a.from.idOf(s.Path, info), nil
}

func (a *archive) read(s Sample, buf []byte, max int64) ([]byte, error) {
	content, err := a.open(s.Path)
	if err != nil {
		return buf, err
	}
	defer content.Close()
	// The size that an entry claims is not trusted: memory grows with what comes.
	into := bytes.NewBuffer(buf)
	n, err := into.ReadFrom(io.LimitReader(content, max+1))
	if err != nil {
		return into.Bytes(), &fs.PathError{Op: "read", Path: s.Path, Err: err}
	}
	if n > max {
		return into.Bytes(), &fs.PathError{Op: "read", Path: s.Path, Err: fmt.Errorf("unpacked, it is over the limit of %d bytes", max)}
	}
	return into.Bytes(), nil
}
