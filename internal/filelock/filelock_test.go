//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestOneLocksAFileAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if err := Try(first); err != nil {
		t.Fatal(err)
	}
	if err := Try(second); !errors.Is(err, ErrHeld) {
		t.Errorf("a second lock: %v", err)
	}
	first.Close()
	if err := Try(second); err != nil {
		t.Errorf("after the first is closed: %v", err)
	}
}

func TestFileSystemsWithoutLocksAreWrittenAllTheSame(t *testing.T) {
	for _, err := range []error{syscall.ENOSYS, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOLCK} {
		if err := outcome(err); err != nil {
			t.Errorf("it fails: %v", err)
		}
	}
	if err := outcome(syscall.EBADF); !errors.Is(err, syscall.EBADF) {
		t.Errorf("a file that is closed: %v", err)
	}
}

func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	reader, other, writer := open(), open(), open()
	for _, f := range []*os.File{reader, other} {
		if err := Lock(f, Shared, time.Minute); err != nil {
			t.Errorf("two may share it: %v", err)
		}
	}
	if err := Lock(writer, Exclusive, time.Millisecond); !errors.Is(err, ErrHeld) {
		t.Errorf("while others have it: %v", err)
	}
	Unlock(reader)
	locked := make(chan error)
	go func() { locked <- Lock(writer, Exclusive, time.Minute) }()
	Unlock(other)
	if err := <-locked; err != nil {
		t.Errorf("when they have given it up: %v", err)
	}
	if err := Lock(reader, Shared, time.Millisecond); !errors.Is(err, ErrHeld) {
		t.Errorf("while one has it for itself: %v", err)
	}
}
