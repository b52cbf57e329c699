package store

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// asNobody runs fn with the rights of a user who owns nothing: on this thread
// only, and for files only.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	const nobody = 65534
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setfsuid(0)
	fn()
}

// readable makes a store that anybody may read and only its owner may write, and
// returns its content.
func readable(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := contents(t, dir)
	for path := range files { // whatever the umask
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{filepath.Dir(dir), dir, filepath.Join(dir, testSpec.Hash())} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestAStoreThatMayOnlyBeReadIsRead(t *testing.T) {
	dir := sample(t)
	before := readable(t, dir)
	asNobody(t, func() {
		if f, err := os.OpenFile(open(t, dir).VectorsPath(), os.O_WRONLY, 0); err == nil {
			f.Close()
			t.Skip("this file system lets anybody write")
		}
		s := open(t, dir)
		mustHold(t, s, 0, 9)
		mustCommit(t, s) // nothing
		if report := mustVerify(t, dir); len(report.Problems) > 0 {
			t.Errorf("verify: %v", report.Problems)
		}
		files := openFiles(t, dir)
		if key := lookupFile(t, files, testFile(3)); key != testKey(3) {
			t.Errorf("file 3 has key %v", key)
		}
		files.Put(testFile(1000), testKey(1), now) // another file of the same content
		if err := files.Commit(); err != nil {
			t.Errorf("the memo's commit: %v", err)
		}
		put(s, 1000, 1001)
		if err := s.Commit(); err == nil || !errors.Is(err, s.ReadOnly()) {
			t.Errorf("a commit: %v", err)
		}
		if other := mustOpen(t, dir); other.ReadOnly() == nil {
			t.Error("of rows that are not there, it may not be written either")
		} else if entries, err := other.Lookup(testKeys(0, 1)); err != nil || entries[0].State != Missing {
			t.Errorf("of rows that are not there: %v, %v", entries, err)
		}
	})
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("the store was changed")
	}
}

func TestAStoreThatMayOnlyBeReadNeedsNoMemo(t *testing.T) {
	dir := sample(t)
	if err := os.Remove(mustRoot(t, dir).hashCachePath()); err != nil {
		t.Fatal(err)
	}
	before := readable(t, dir)
	asNobody(t, func() {
		if file, err := os.Create(mustRoot(t, dir).hashCachePath()); err == nil {
			file.Close()
			t.Skip("this file system lets anybody write")
		}
		files := openFiles(t, dir)
		if key := lookupFile(t, files, testFile(3)); key != (Key{}) {
			t.Errorf("file 3 has key %v", key)
		}
		files.Put(testFile(3), testKey(3), now)
		if err := files.Commit(); err != nil {
			t.Error(err)
		}
		if info, err := mustRoot(t, dir).HashCacheInfo(t.Context()); err != nil || info != (HashCacheInfo{}) {
			t.Errorf("info is %+v, %v", info, err)
		}
		if paths, err := files.Paths(t.Context()); err != nil || len(paths) > 0 {
			t.Errorf("paths %v, %v", paths, err)
		}
	})
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("the store was changed")
	}
}
