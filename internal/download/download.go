// Package download fetches a file from the network and installs it atomically,
// after checking its digest.
//
// During a download the file grows under the name PATH.part, which is kept after
// failures and Ctrl-C; PATH.part.json records the server's name for the version.
// The next [Fetch] continues there if the server still has that version and
// supports ranges, and starts over otherwise. When all bytes have arrived they
// are synced and read back, and only if their SHA-256 is right is the file
// renamed to PATH. So the digest is that of what the disk holds, and a partial
// file that a power cut has damaged is detected and removed.
//
// Files of these names that this package did not write are left alone: Fetch
// and Copy fail then.
package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// File is a file to fetch.
type File struct {
	URLs   []string // http or https; tried in this order
	Path   string   // where it belongs; folders are created as needed
	Size   int64    // bytes, and no more are taken; 0 if not known
	SHA256 string   // in hexadecimal, lower case
	// Replace allows another file at Path to be replaced: Path is in a folder
	// that is headstart's own.
	Replace bool
}

// Phase is a step of a download.
type Phase string

// The phases, in their order. Connect may come again after Receive.
const (
	Connect Phase = "connecting"
	Receive Phase = "downloading"
	Verify  Phase = "verifying"
	Done    Phase = "done"
)

// Progress is the state of a download.
type Progress struct {
	Phase Phase
	Path  string // where the file belongs
	URL   string // in Connect and Receive
	Bytes int64  // so far, in Receive and Verify
	Total int64  // 0 if not known
	Note  string // something else that the user should know, or ""
}

// Fetch downloads f unless it is at its path already. It calls report from the
// same goroutine, several times a second.
//
// After an error the partial file is kept for the next Fetch, except after a
// [*DigestError]. Other errors to tell apart are [*UnreachableError],
// [*BrokenError], [*WriteError] and ctx's own.
func Fetch(ctx context.Context, f File, report func(Progress)) error {
	if there, err := present(ctx, f, report); there || err != nil {
		return err
	}
	p, err := openPart(f.Path)
	if err != nil {
		return err
	}
	defer p.close()
	d := delivery{File: f, part: p, report: report}
	if err := d.checkSpace(); err != nil {
		return err
	}
	if err := d.receive(ctx); err != nil {
		return err
	}
	return d.install(ctx)
}

// present reports whether f is at its path. Another file there is an error
// unless it may be replaced.
func present(ctx context.Context, f File, report func(Progress)) (bool, error) {
	info, err := os.Stat(f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("cannot write %s: not a regular file", f.Path)
	case f.Size > 0 && info.Size() != f.Size:
		return false, f.occupied()
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	sum, err := digest(ctx, file, f, info.Size(), report)
	switch {
	case err != nil:
		return false, err
	case sum != f.SHA256:
		return false, f.occupied()
	}
	report(Progress{Phase: Done, Path: f.Path, Bytes: info.Size(), Total: info.Size()})
	return true, nil
}

// occupied is the error of another file at f's path.
func (f File) occupied() error {
	if f.Replace {
		return nil
	}
	return fmt.Errorf("cannot write %s: another file has this name: rename or remove it", f.Path)
}

// delivery is one download.
type delivery struct {
	File
	part   *part
	rate   rate
	report func(Progress)
}

// checkSpace fails if the disk is too small.
func (d *delivery) checkSpace() error {
	if d.part.size > d.Size {
		return nil // it will start over, or the size is unknown
	}
	missing := d.Size - d.part.size
	if free, known := freeSpace(filepath.Dir(d.Path)); known && free < missing {
		return &WriteError{Path: d.part.path, Missing: missing, Cause: fmt.Errorf("only %d bytes are free", free)}
	}
	return nil
}

// install checks the partial file and renames it.
func (d *delivery) install(ctx context.Context) error {
	if err := d.part.file.Sync(); err != nil {
		return d.writeError(err)
	}
	if err := d.part.rewind(); err != nil {
		return err
	}
	sum, err := digest(ctx, d.part.file, d.File, d.part.size, d.report)
	if err != nil {
		return err
	}
	if sum != d.SHA256 {
		return errors.Join(&DigestError{Path: d.Path, Got: sum, Want: d.SHA256}, d.part.remove())
	}
	if err := os.Rename(d.part.path, d.Path); err != nil {
		return err
	}
	if err := errors.Join(d.part.forget(), atomicfile.SyncDir(filepath.Dir(d.Path))); err != nil {
		return err
	}
	d.report(Progress{Phase: Done, Path: d.Path, Bytes: d.part.size, Total: d.part.size})
	return nil
}
