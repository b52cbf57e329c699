package store

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// faultyFile fails at one operation, counted over all of a commit, as a full
// disk does: a write gets half its bytes down.
type faultyFile struct {
	*os.File
	countdown *int
}

var errFault = &fs.PathError{Op: "write", Path: "one of them", Err: syscall.ENOSPC}

func (f faultyFile) fails() bool {
	*f.countdown--
	return *f.countdown == 0
}

func (f faultyFile) WriteAt(p []byte, off int64) (int, error) {
	if f.fails() {
		n, _ := f.File.WriteAt(p[:len(p)/2], off)
		return n, errFault
	}
	return f.File.WriteAt(p, off)
}

func (f faultyFile) Sync() error {
	if f.fails() {
		return errFault
	}
	return f.File.Sync()
}

func (f faultyFile) Stat() (fs.FileInfo, error) {
	if f.fails() {
		return nil, errFault
	}
	return f.File.Stat()
}

// failAt makes operation number n of the next commits fail; 0 for none. It
// returns what is left to count down.
func failAt(s *Store, n int) *int {
	s.openFile = func(path string, flag int) (logFile, error) {
		if n--; n == 0 {
			return nil, errFault
		}
		f, err := os.OpenFile(path, flag, 0o666)
		return faultyFile{f, &n}, err
	}
	return &n
}

func TestAFailedOperationLosesNothing(t *testing.T) {
	t.Parallel()
	const old, all = 100, 100 + 5_000 // enough for more than one write
	failures := 0
	for n := 1; ; n++ {
		dir := t.TempDir()
		s := openSound(t, dir)
		put(s, 0, old)
		mustCommit(t, s)

		put(s, old, all)
		left := failAt(s, n)
		err := s.Commit()
		if *left > 0 {
			if err != nil {
				t.Fatal(err)
			}
			break // fewer than n operations: all have had their turn
		}
		failures++
		failAt(s, 0)
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "one of them") {
			t.Errorf("operation %d: error is %v", n, err)
		}
		mustHold(t, open(t, dir), 0, old)
		mustBeSound(t, dir)

		failAt(s, 0)
		mustCommit(t, s)
		mustHold(t, s, 0, all)
	}
	if failures < 12 { // open, stat, writes, sync, headers, of both files
		t.Errorf("only %d operations failed", failures)
	}
}
