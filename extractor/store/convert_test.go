package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

const oldHash = "36fcf2a5b82b6ce014e026c7926f8b54"

// oldStore copies a store that was made by a headstart of format 1: six images
// and an unreadable one.
func oldStore(t *testing.T) (dir string, spec Spec) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/oldstore")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, oldHash, specName))
	if err != nil {
		t.Fatal(err)
	}
	spec.JSON = text
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	return dir, spec
}

// mustHaveOld fails unless the store serves what the old one holds.
func mustHaveOld(t *testing.T, s *Store, images int) []Key {
	t.Helper()
	stored, err := s.Images()
	if err != nil || len(stored) != images {
		t.Fatalf("%d images, %v, want %d", len(stored), err, images)
	}
	var keys []Key
	for _, image := range stored {
		keys = append(keys, image.Key)
	}
	m, err := s.Rows(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	return keys[:m.Len()]
}

func TestAnOldStoreIsConvertedWithItsRows(t *testing.T) {
	dir, spec := oldStore(t)
	before := contents(t, dir)
	root := mustRoot(t, dir)
	report, err := root.Verify(t.Context(), oldHash)
	if err != nil || len(report.Problems) > 0 || report.Images != 6 || report.Unreadable != 1 {
		t.Errorf("verify: %+v, %v", report, err)
	}
	s, err := root.OpenHash(oldHash)
	if err != nil {
		t.Fatal(err)
	}
	mustHaveOld(t, s, 6)
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("reading changed it")
	}

	if s, err = root.Open(spec); err != nil {
		t.Fatal(err)
	}
	mustHaveOld(t, s, 6)
	if info, err := s.Info(); err != nil || info.Rows != 6 || info.Unreadable != 1 {
		t.Errorf("info is %+v, %v", info, err)
	}
	if _, err := os.Stat(s.oldIndexPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old index: %v", err)
	}
	for range 2 { // as it was, and with a row more
		if s, err = root.Open(spec); err != nil {
			t.Fatal(err)
		}
		if report, err := root.Verify(t.Context(), oldHash); err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: %+v, %v", report, err)
		}
		s.Put(testKey(1), make([]float32, spec.Dim))
		mustCommit(t, s)
	}
	mustHaveOld(t, s, 7)
}

func TestAnInterruptedConversionIsDoneAgain(t *testing.T) {
	dir, spec := oldStore(t)
	root := mustRoot(t, dir)
	folder := filepath.Join(dir, oldHash)
	index := contents(t, dir)[filepath.Join(folder, oldIndexName)]
	check := func(step string) {
		t.Helper()
		s, err := mustRoot(t, dir).Open(spec)
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		mustHaveOld(t, s, 6)
		if report, err := root.Verify(t.Context(), oldHash); err != nil || len(report.Problems) > 0 {
			t.Errorf("%s: %+v, %v", step, report, err)
		}
	}
	// Killed while keys.log was being written.
	if err := os.WriteFile(filepath.Join(folder, ".tmp-0123456789abcdef"), []byte("half"), 0o666); err != nil {
		t.Fatal(err)
	}
	check("the log half written")
	// Killed before the old index was removed.
	if err := os.WriteFile(filepath.Join(folder, oldIndexName), []byte(index), 0o666); err != nil {
		t.Fatal(err)
	}
	check("both there")
	if _, err := os.Stat(filepath.Join(folder, oldIndexName)); err == nil {
		t.Error("the old index is there still")
	}
}

// pointAtItself makes the roots of a bbolt file branches whose child they are.
func pointAtItself(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for i := range 2 {
		root := binary.LittleEndian.Uint64(b[i*page+32:])
		at := b[int(root)*page:]
		binary.LittleEndian.PutUint16(at[8:], 1)
		binary.LittleEndian.PutUint16(at[10:], 1)
		binary.LittleEndian.PutUint32(at[16:], 16)
		binary.LittleEndian.PutUint32(at[20:], 4)
		binary.LittleEndian.PutUint64(at[24:], root)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestAMemoWithAPageThatPointsAtItself(t *testing.T) {
	dir := sample(t)
	path := openFiles(t, dir).path
	pointAtItself(t, path)
	if damage, err := mustRoot(t, dir).VerifyHashCache(t.Context()); damage == nil || err != nil {
		t.Errorf("verify: %v, %v", damage, err)
	}
	f := openFiles(t, dir)
	if key := lookupFile(t, f, testFile(3)); key != (Key{}) {
		t.Errorf("it still knows %v", key)
	}
	f.Put(testFile(3), testKey(3), now)
	if err := f.Commit(); err != nil || lookupFile(t, openFiles(t, dir), testFile(3)) != testKey(3) {
		t.Errorf("it did not start over: %v", err)
	}
}

// A branch page that points at itself would have bbolt use up its stack, past
// recover.
func TestAnOldIndexWithAPageThatPointsAtItself(t *testing.T) {
	dir, spec := oldStore(t)
	path := filepath.Join(dir, oldHash, oldIndexName)
	pointAtItself(t, path)
	report, err := mustRoot(t, dir).Verify(t.Context(), oldHash)
	if err != nil || len(report.Problems) == 0 {
		t.Errorf("verify: %+v, %v", report, err)
	}
	s, err := mustRoot(t, dir).Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	key := Key(sha256.Sum256(nil))
	s.Put(key, make([]float32, spec.Dim))
	mustCommit(t, s)
	if images, err := s.Images(); err != nil || len(images) != 1 || images[0].Row != 6 {
		t.Errorf("images are %v, %v: rows of the old index are not to be overwritten", images, err)
	}
}

func TestADamagedOldIndexGivesWhatCanBeRead(t *testing.T) {
	dir, spec := oldStore(t)
	pristine := contents(t, dir)
	path := filepath.Join(dir, oldHash, oldIndexName)
	kept, rounds := 0, 0
	for at := 0; at < len(pristine[path]); at += 393 {
		rounds++
		b := []byte(pristine[path])
		b[at] ^= 1 << (at % 8)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := mustRoot(t, dir).Verify(t.Context(), oldHash); err != nil {
			t.Fatalf("byte %d: verify: %v", at, err)
		}
		s, err := mustRoot(t, dir).Open(spec)
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		images, err := s.Images()
		if err != nil {
			t.Fatal(err)
		}
		kept += len(images)
		os.Remove(s.log.path)
		restore(t, pristine)
	}
	t.Logf("%d of %d rows kept", kept, 6*rounds)
	if kept < 5*rounds {
		t.Error("too few")
	}
}
