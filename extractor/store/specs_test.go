package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOpenHashNeedsNoSpec(t *testing.T) {
	dir := sample(t)
	hashes, err := Hashes(dir)
	if err != nil || !slices.Equal(hashes, []string{testSpec.Hash}) {
		t.Fatalf("hashes are %v, %v", hashes, err)
	}
	s, err := OpenHash(dir, hashes[0])
	if err != nil {
		t.Fatal(err)
	}
	images, err := s.Images()
	if err != nil || len(images) != 270 {
		t.Fatalf("%d images, %v", len(images), err)
	}
	for row, image := range images {
		if image.Row != int64(row) {
			t.Errorf("image %d has row %d", row, image.Row)
		}
	}
	paths, err := openFiles(t, dir).Paths(t.Context())
	if err != nil || len(paths) != 300 || paths[testKey(5)] != testFile(5).Path {
		t.Errorf("%d paths, %v", len(paths), err)
	}
	if _, err := OpenHash(dir, "ffff"); err == nil {
		t.Error("a spec that is not there was opened")
	}
	if hashes, err := Hashes(filepath.Join(dir, "nowhere")); err != nil || len(hashes) > 0 {
		t.Errorf("no store: %v, %v", hashes, err)
	}
}

func TestDropFreesItsFolderAndNoOther(t *testing.T) {
	dir := sample(t)
	other := Spec{Hash: "4567", Dim: 3, JSON: []byte("{}")}
	if _, err := Open(dir, other); err != nil {
		t.Fatal(err)
	}
	info, err := open(t, dir).Info()
	if err != nil {
		t.Fatal(err)
	}
	freed, err := Drop(dir, testSpec.Hash)
	if err != nil || freed != info.Bytes {
		t.Errorf("freed %d of %d bytes, %v", freed, info.Bytes, err)
	}
	if hashes, err := Hashes(dir); err != nil || !slices.Equal(hashes, []string{other.Hash}) {
		t.Errorf("left are %v, %v", hashes, err)
	}
	if left := temporaries(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func temporaries(t *testing.T, dir string) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, temporaryPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func TestWhatKilledProcessesLeftIsSwept(t *testing.T) {
	dir := t.TempDir()
	old, young := filepath.Join(dir, ".tmp-old"), filepath.Join(dir, ".tmp-young")
	for _, folder := range []string{old, young} {
		if err := os.MkdirAll(filepath.Join(folder, "x"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if left := temporaries(t, dir); !slices.Equal(left, []string{young}) {
		t.Errorf("left are %v, want what is young", left)
	}
}

func TestAFailedRenameLeavesNothing(t *testing.T) {
	fault := errors.New("no rename today")
	rename = func(string, string) error { return fault }
	t.Cleanup(func() { rename = os.Rename })

	dir := t.TempDir()
	if _, err := Open(dir, testSpec); !errors.Is(err, fault) || !strings.Contains(err.Error(), testSpec.Hash) {
		t.Errorf("open: %v", err)
	}
	if found := contents(t, dir); len(found) > 0 {
		t.Errorf("left behind: %v", found)
	}
	rename = os.Rename
	s := openSound(t, dir)
	put(s, 0, 10)
	mustCommit(t, s)
	rename = func(string, string) error { return fault }
	if _, err := Drop(dir, testSpec.Hash); !errors.Is(err, fault) {
		t.Errorf("drop: %v", err)
	}
	mustHold(t, s, 0, 10)
}
