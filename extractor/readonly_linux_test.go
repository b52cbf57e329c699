package extractor

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
)

// openReadOnly opens a store that the user can only read: where root runs the
// test, another user.
func openReadOnly(t *testing.T, folder string) *Extractor {
	t.Helper()
	modes := func(dirs, files fs.FileMode) {
		if err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() {
				return os.Chmod(path, dirs)
			}
			return os.Chmod(path, files)
		}); err != nil {
			t.Fatal(err)
		}
	}
	modes(0o555, 0o444)
	t.Cleanup(func() { modes(0o755, 0o644) })
	config := Config{Backbone: tiny(t), Store: folder, Workers: 2}
	if os.Geteuid() != 0 {
		return openWith(t, config)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setfsuid(0)
	return openWith(t, config)
}

// TestAStoreThatCanOnlyBeReadServesWhatItHas extracts images of which half are
// in the store.
func TestAStoreThatCanOnlyBeReadServesWhatItHas(t *testing.T) {
	samples := scan(t, photos(t, 20))
	want := extract(t, open(t, t.TempDir(), 2), samples)
	folder := t.TempDir()
	extract(t, open(t, folder, 2), samples[:10])
	x := openReadOnly(t, folder)
	if x.Keeps() || x.ReadOnly() == nil {
		t.Skip("this file system lets anybody write")
	}
	samples = append(samples, dataset.FromBytes("upload", []byte("text")))
	for range 2 {
		results := extract(t, x, samples)
		for i, r := range results[:20] {
			if r.Err != nil || r.Cached != (i < 10) || !slices.Equal(r.Embedding, want[i].Embedding) {
				t.Errorf("%s: cached %v, %v, or another embedding", r.Sample.Path, r.Cached, r.Err)
			}
		}
		if len(results) != 21 || results[20].Err == nil {
			t.Errorf("text: %+v", results[20])
		}
	}
	if info, err := x.Store().Info(); err != nil || info.Images != 10 || info.Unreadable != 0 {
		t.Errorf("the store has %d images, %v", info.Images, err)
	}
	if err := x.MemoError(); err != nil {
		t.Errorf("the memo: %v", err)
	}
}
