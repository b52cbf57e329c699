package download

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// storage is what a partial file is written to.
type storage interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
	Sync() error
	Stat() (os.FileInfo, error)
	Fd() uintptr
	Close() error
}

// openStorage is a variable so that tests can have disks that fill up.
var openStorage = func(path string) (storage, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
}

// part is a partial file. This process alone writes it until close.
type part struct {
	path   string
	file   storage
	size   int64 // bytes that are there
	source source
}

// source says which version of which file the bytes of a partial file are.
type source struct {
	URL          string `json:"url"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// validator returns what If-Range takes, or "" where the server gave nothing
// that tells two versions apart byte by byte.
func (s source) validator() string {
	if s.ETag != "" && !strings.HasPrefix(s.ETag, "W/") {
		return s.ETag
	}
	return s.LastModified
}

// openPart opens or creates the partial file of path and locks it.
func openPart(path string) (*part, error) {
	p := &part{path: path + ".part"}
	if err := makeFolder(path); err != nil {
		return nil, err
	}
	if info, err := os.Lstat(p.path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("cannot write %s: not a regular file", p.path)
	}
	var err error
	if p.file, err = openStorage(p.path); err != nil {
		return nil, err
	}
	if err := p.lock(); err != nil {
		p.file.Close()
		return nil, err
	}
	if err := p.readSource(); err != nil {
		p.file.Close()
		return nil, err
	}
	return p, nil
}

// makeFolder makes the folder that path lies in.
func makeFolder(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("cannot create %s: %w", folder, withoutPath(err))
	}
	return nil
}

// lock makes the partial file this process's own, or fails at once.
func (p *part) lock() (err error) {
	if err := lockNamed(p.file, p.path); err != nil {
		return err
	}
	p.size, err = p.file.Seek(0, io.SeekEnd)
	return err
}

// lockNamed locks an open file that path is the name of.
func lockNamed(file storage, path string) error {
	// Where the system or the file system has no lock, two processes that write one partial file are
	// found out by its digest.
	if err := filelock.Try(file); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	// The lock belongs to the open file. Another process may have put that in
	// its place, or removed it, in the meantime.
	opened, err := file.Stat()
	if err != nil {
		return err
	}
	if named, err := os.Stat(path); err != nil || !os.SameFile(opened, named) {
		return fmt.Errorf("cannot write %s: %w", path, filelock.ErrHeld)
	}
	return nil
}

func (p *part) sourcePath() string { return p.path + ".json" }

// readSource finds out what the partial file is a part of. Where that is not
// known its bytes are of no use.
func (p *part) readSource() error {
	text, err := os.ReadFile(p.sourcePath())
	if err == nil && json.Unmarshal(text, &p.source) == nil {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return p.startOver(source{})
}

// startOver empties the partial file for bytes from s.
func (p *part) startOver(s source) error {
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	if err := p.rewind(); err != nil {
		return err
	}
	p.size, p.source = 0, s
	if s == (source{}) {
		return p.forget()
	}
	return atomicfile.Write(p.sourcePath(), 0o666, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(s)
	})
}

// Write appends to the partial file.
func (p *part) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	p.size += int64(n)
	return n, err
}

func (p *part) rewind() error {
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

// remove deletes what has come.
func (p *part) remove() error { return errors.Join(os.Remove(p.path), p.forget()) }

// forget deletes the note on what the partial file is a part of.
func (p *part) forget() error {
	if err := os.Remove(p.sourcePath()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// close gives the lock up. Everything that counts has been synced before. A
// partial file without a byte is not left behind.
func (p *part) close() {
	if named, err := os.Stat(p.path); err == nil && p.size == 0 && named.Size() == 0 {
		p.remove() // of no use, and in nobody's way
	}
	p.file.Close()
}
