package store

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func openFiles(t testing.TB, dir string) *HashCache {
	t.Helper()
	f, err := mustRoot(t, dir).HashCache()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func testFile(n int) FileID {
	return FileID{
		Path:    fmt.Sprintf("/photos/\xff\n%d.jpg", n),
		Size:    int64(n) * 1000,
		ModTime: now.Add(-time.Hour).UnixNano() + int64(n),
		Inode:   uint64(n) << 40,

		ChangeTime: now.Add(-time.Minute).UnixNano() + int64(n),
	}
}

func lookupFile(t testing.TB, f *HashCache, id FileID) Key {
	t.Helper()
	keys, err := f.Lookup([]FileID{testFile(999), id})
	if err != nil {
		t.Fatal(err)
	}
	return keys[1]
}

func TestAnUnchangedFileIsRemembered(t *testing.T) {
	dir := t.TempDir()
	f := openFiles(t, dir)
	for n := range 10 {
		f.Put(testFile(n), testKey(n), now)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Put(testFile(10), testKey(10), now) // never committed
	f = openFiles(t, dir)
	for n := range 10 {
		if got := lookupFile(t, f, testFile(n)); got != testKey(n) {
			t.Errorf("file %d: %v, want %v", n, got, testKey(n))
		}
	}
	if got := lookupFile(t, f, testFile(10)); got != (Key{}) {
		t.Errorf("unknown file: %v", got)
	}
}

func TestAChangedFileIsNotRemembered(t *testing.T) {
	f := openFiles(t, t.TempDir())
	f.Put(testFile(1), testKey(1), now)
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*FileID){
		"path":  func(id *FileID) { id.Path += "x" },
		"size":  func(id *FileID) { id.Size++ },
		"time":  func(id *FileID) { id.ModTime-- },
		"inode": func(id *FileID) { id.Inode++ },
		// With dates restored, as archivers and rsync do, only this one tells.
		"change time": func(id *FileID) { id.ChangeTime++ },
	} {
		id := testFile(1)
		change(&id)
		if got := lookupFile(t, f, id); got != (Key{}) {
			t.Errorf("other %s: found %v", name, got)
		}
	}
	id := testFile(1)
	id.Size++
	f.Put(id, testKey(2), now)
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := lookupFile(t, f, id); got != testKey(2) {
		t.Errorf("changed and read again: %v, want %v", got, testKey(2))
	}
}

func TestAFileChangedJustBeforeItWasReadIsNotRemembered(t *testing.T) {
	f := openFiles(t, t.TempDir())
	for age, remembered := range map[time.Duration]bool{
		3 * time.Second:  true,
		time.Second:      false,
		-3 * time.Second: false, // a time in the future says nothing
	} {
		id := testFile(1)
		id.ModTime = now.Add(-age).UnixNano()
		f.Put(id, testKey(1), now)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := lookupFile(t, f, id) != (Key{}); got != remembered {
			t.Errorf("changed %v before: remembered is %v", age, got)
		}
	}
}

func TestAPathTooLongForTheMemoIsReadEachTime(t *testing.T) {
	f := openFiles(t, t.TempDir())
	id := testFile(1)
	id.Path = "/photos.zip#" + strings.Repeat("x", 40000)
	f.Put(id, testKey(1), now)
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := lookupFile(t, f, id); got != (Key{}) {
		t.Errorf("found %v", got)
	}
}

func TestAnEmptyMemoBeginsAnew(t *testing.T) {
	dir := t.TempDir()
	openFiles(t, dir)
	if err := os.Truncate(mustRoot(t, dir).hashCachePath(), 0); err != nil {
		t.Fatal(err)
	}
	if key := lookupFile(t, openFiles(t, dir), testFile(1)); key != (Key{}) {
		t.Errorf("it knows %v", key)
	}
}
