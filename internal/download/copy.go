package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// Copy installs f from a file that the user provides, if its digest is right.
func Copy(ctx context.Context, f File, from string, report func(Progress)) error {
	if there, err := present(ctx, f, report); there || err != nil {
		return err
	}
	if err := makeFolder(f.Path); err != nil {
		return err
	}
	source, size, err := openProvided(f, from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := atomicfile.Create(f.Path, 0o666)
	if err != nil {
		return err
	}
	defer target.Close()
	defer context.AfterFunc(ctx, func() { source.Close() })() // ends the copying
	_, err = io.Copy(target, source)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &WriteError{Path: f.Path, Missing: size, Cause: err}
	}
	written, err := os.Open(target.TempName())
	if err != nil {
		return err
	}
	defer written.Close()
	if err := check(ctx, written, f, from, size, report); err != nil {
		return err
	}
	if err := target.Commit(); err != nil {
		return err
	}
	report(Progress{Phase: Done, Path: f.Path, Bytes: size, Total: size})
	return nil
}

// Check returns an error unless the file at path is f: a [*DigestError] if it is
// another one of the same size.
func Check(ctx context.Context, f File, path string, report func(Progress)) error {
	file, size, err := openProvided(f, path)
	if err != nil {
		return err
	}
	defer file.Close()
	return check(ctx, file, f, path, size, report)
}

func openProvided(f File, path string) (*os.File, int64, error) {
	info, err := os.Stat(path) // Open would wait for a pipe
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("cannot read %s: %w", path, patherr.Strip(err))
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("cannot read %s: not a regular file", path)
	case f.Size > 0 && info.Size() != f.Size:
		return nil, 0, fmt.Errorf("%s has %d bytes, not %d: not the expected file", path, info.Size(), f.Size)
	}
	file, err := os.Open(path)
	return file, info.Size(), err
}

func check(ctx context.Context, r io.Reader, f File, name string, size int64, report func(Progress)) error {
	sum, err := digest(ctx, r, f, size, report)
	if err == nil && sum != f.SHA256 {
		return &DigestError{Path: name, Got: sum, Want: f.SHA256}
	}
	return err
}

// digest returns the SHA-256 of what is left in r, in hexadecimal.
func digest(ctx context.Context, r io.Reader, f File, size int64, report func(Progress)) (string, error) {
	hash := sha256.New()
	buf := make([]byte, 1<<20)
	for done := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		report(Progress{Phase: Verify, Path: f.Path, Bytes: done, Total: size})
		n, err := r.Read(buf)
		hash.Write(buf[:n])
		done += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			return hex.EncodeToString(hash.Sum(nil)), nil
		case err != nil:
			return "", err
		}
	}
}
