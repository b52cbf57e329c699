// Package download brings a file from the network to its place on the disk,
// whole and checked, or not at all.
//
// While it comes, the file grows beside its place under the name PATH.part,
// which outlives failures and Ctrl-C; PATH.part.json holds what the server
// calls the version that is coming. The next [Fetch] goes on from there if the
// server still has that version and can serve a part of a file, and else starts
// over. When all bytes are there they are synced and read back; only if their
// SHA-256 is the right one are they renamed to PATH. The digest is therefore
// that of what the disk holds, and a partial file that a power cut has damaged
// is found out and thrown away.
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

// File is a file that can be had elsewhere.
type File struct {
	URLs   []string // http or https; tried in this order
	Path   string   // where it belongs; folders are made as needed
	Size   int64    // bytes; 0 where it is not known
	SHA256 string   // in hexadecimal, lower case
}

// Phase is what is being done for a file.
type Phase string

// The phases, in their order. Connect may come again after Receive.
const (
	Connect Phase = "connecting"
	Receive Phase = "downloading"
	Verify  Phase = "verifying"
	Done    Phase = "done"
)

// Progress tells how far a file has come.
type Progress struct {
	Phase Phase
	Path  string // the file's place
	URL   string // in Connect and Receive
	Bytes int64  // so far, in Receive and Verify
	Total int64  // 0 where it is not known
	Note  string // something besides that the user should know, or ""
}

// Fetch downloads f unless it is at its place already. It calls report, in the
// same goroutine, some times a second while bytes come.
//
// What has come is kept after an error, for the next Fetch; after a
// [*DigestError] it is removed. Other errors that can be told apart are
// [*UnreachableError], [*BrokenError], [*WriteError] and ctx's own.
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

// present tells whether f is at its place, and reports it done if so.
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
		return false, nil
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	sum, err := digest(ctx, file, f, info.Size(), report)
	if err != nil || sum != f.SHA256 {
		return false, err
	}
	report(Progress{Phase: Done, Path: f.Path, Bytes: info.Size(), Total: info.Size()})
	return true, nil
}

// delivery is one file on its way.
type delivery struct {
	File
	part   *part
	report func(Progress)
}

// checkSpace fails where it is plain that the disk is too small.
func (d *delivery) checkSpace() error {
	if d.part.size > d.Size {
		return nil // it will start over, or the size is not known
	}
	missing := d.Size - d.part.size
	if free, known := freeSpace(filepath.Dir(d.Path)); known && free < missing {
		return &WriteError{Path: d.part.path, Missing: missing, Cause: fmt.Errorf("only %d bytes are free", free)}
	}
	return nil
}

// install checks the partial file and puts it in its place.
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
