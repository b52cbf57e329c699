//go:build linux || darwin

package store

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// withFilesUpTo runs fn while no file can be written behind its first size
// bytes: a write there fails, half done, as on a full disk.
func withFilesUpTo(t *testing.T, size uint64, fn func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
		t.Skip("no limit can be set:", err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	fn()
}

// alone runs the test once more, in a process of its own, and returns true
// there: the limit also holds for what package testing writes.
func alone(t *testing.T) bool {
	t.Helper()
	const variable = "HEADSTART_TEST_ALONE"
	if os.Getenv(variable) != "" {
		return true
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), variable+"=1")
	if output, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return false
}

// Each write to vectors.npy, to keys.log and to the memo fails in its turn.
func TestADiskThatFillsUpAnywhereLosesNothing(t *testing.T) {
	t.Parallel()
	if !alone(t) {
		return
	}
	const old, all = 200, 1200
	failures := 0
	for size := uint64(0); ; size += 6000 {
		dir := t.TempDir()
		s := openSound(t, dir)
		files := openFiles(t, dir)
		put(s, 0, old)
		mustCommit(t, s)

		put(s, old, all)
		files.Put(testFile(1), testKey(1), now)
		var err, filesErr error
		withFilesUpTo(t, size, func() { err, filesErr = s.Commit(), files.Commit() })
		mustHold(t, open(t, dir), 0, old)
		mustBeSound(t, dir)
		if filesErr != nil && !strings.Contains(filesErr.Error(), files.path) {
			t.Errorf("at %d bytes: %v", size, filesErr)
		}
		if err == nil {
			break
		}
		failures++
		if !strings.Contains(err.Error(), s.log.path) && !strings.Contains(err.Error(), s.VectorsPath()) {
			t.Errorf("at %d bytes, the error names no file: %v", size, err)
		}
		mustCommit(t, s)
		if err := files.Commit(); err != nil {
			t.Error(err)
		}
		mustHold(t, s, 0, all)
	}
	if failures < 10 {
		t.Errorf("only %d failures", failures)
	}
}

func TestAStoreThatDidNotFitOnTheDiskIsMadeLater(t *testing.T) {
	if !alone(t) {
		return
	}
	for _, size := range []uint64{0, 10, 100, 5000, 10_000} {
		dir := t.TempDir()
		var err, filesErr error
		withFilesUpTo(t, size, func() {
			_, err = openSpec(dir, testSpec)
			_, filesErr = mustRoot(t, dir).HashCache()
		})
		if size < 100 && err == nil || filesErr == nil {
			t.Errorf("at %d bytes: no error: %v, %v", size, err, filesErr)
		}
		for path := range contents(t, dir) {
			if temporary.MatchString(filepath.Base(path)) {
				t.Errorf("at %d bytes, left behind: %v", size, path)
			}
		}
		openFiles(t, dir)
		s := openSound(t, dir)
		put(s, 0, 10)
		mustCommit(t, s)
	}
}
