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
	"github.com/digitalinnovationone/headstart/internal/patherr"
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

// openStorage is a variable so that tests can simulate full disks.
var openStorage = func(path string) (storage, error) {
	return openShared(path)
}

// part is a partial file, which only this process writes until close.
type part struct {
	path   string
	file   storage
	size   int64 // bytes so far
	made   bool  // it was not there before
	source source
}

// source is the file, and its version, that a partial file is a part of.
type source struct {
	URL          string `json:"url"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// validator returns the value for If-Range, or "" if the server gave none that
// tells two versions apart byte by byte.
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
	info, err := os.Lstat(p.path)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("cannot write %s: not a regular file", p.path)
	}
	p.made = errors.Is(err, fs.ErrNotExist)
	if p.file, err = openStorage(p.path); err != nil {
		return nil, err
	}
	if err := p.lock(); err != nil {
		p.file.Close()
		return nil, err
	}
	if err := p.readSource(); err != nil {
		if p.made {
			os.Remove(p.path)
		}
		p.file.Close()
		return nil, err
	}
	return p, nil
}

// makeFolder creates the folder of path.
func makeFolder(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return fmt.Errorf("cannot create %s: %w", folder, patherr.Strip(err))
	}
	return nil
}

// lock takes the lock of the partial file, or fails at once.
func (p *part) lock() (err error) {
	if err := lockNamed(p.file, p.path); err != nil {
		return err
	}
	p.size, err = p.file.Seek(0, io.SeekEnd)
	return err
}

// lockNamed locks an open file whose name is path.
func lockNamed(file storage, path string) error {
	// Where the system or the file system has no locks, the digest shows that two
	// processes wrote one partial file.
	if err := filelock.Try(file); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	// The lock belongs to the open file, which another process may have renamed or
	// removed in the meantime.
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

// readSource reads what the partial file is a part of. That is written before
// its first byte, so that a partial file without it is not ours.
func (p *part) readSource() error {
	text, err := os.ReadFile(p.sourcePath())
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.size > 0:
		return foreign(p.path)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case json.Unmarshal(text, &p.source) != nil || p.source.URL == "":
		return foreign(p.sourcePath())
	}
	return nil
}

// startOver empties the partial file, for bytes from s if that is not zero.
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

// remove deletes the partial file.
func (p *part) remove() error { return errors.Join(os.Remove(p.path), p.forget()) }

// forget deletes the record of what the partial file is a part of.
func (p *part) forget() error {
	if err := os.Remove(p.sourcePath()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// close gives up the lock. Everything that counts has been synced before. An
// empty partial file is not left behind, unless it was there before.
func (p *part) close() {
	if named, err := os.Stat(p.path); err == nil && p.made && p.size == 0 && named.Size() == 0 {
		p.remove()
	}
	p.file.Close()
}
