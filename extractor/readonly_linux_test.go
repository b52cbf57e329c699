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
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

// openReadOnly opens a store that the user can only read.
func openReadOnly(t *testing.T, folder string, b backbone.Backbone) (x *Extractor) {
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
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil {
		t.Fatal(err)
	}
	asReader(t, func() { x = openWith(t, Config{Backbone: b, Store: folder, Workers: 2}) })
	return x
}

// asReader calls fn as a user who owns nothing: where root runs the test, another
// user, for what this goroutine does.
func asReader(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setfsuid(0)
	fn()
}

// TestAStoreThatCanOnlyBeReadServesWhatItHas extracts images of which half are
// in the store.
func TestAStoreThatCanOnlyBeReadServesWhatItHas(t *testing.T) {
	samples := scan(t, photos(t, 20))
	want := extract(t, open(t, t.TempDir(), 2), samples)
	folder := t.TempDir()
	extract(t, open(t, folder, 2), samples[:10])
	x := openReadOnly(t, folder, tiny(t))
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

func TestThumbnailsOfAStoreThatCanOnlyBeRead(t *testing.T) {
	samples := scan(t, photos(t, 10))
	keys := keysOf(t, samples)
	for _, stored := range []int{0, 6} {
		folder := t.TempDir()
		if writer := open(t, folder, 2); stored > 0 {
			thumbnails(t, writer, samples[:stored], keys[:stored])
		}
		x := openReadOnly(t, folder, tiny(t))
		if x.Keeps() {
			t.Skip("this file system lets anybody write")
		}
		var found [][]byte
		var made int
		asReader(t, func() { found, made = thumbnails(t, x, samples, keys) })
		if made != 10-stored || slices.ContainsFunc(found, func(levels []byte) bool { return levels == nil }) {
			t.Errorf("%d stored: %d were made, or some are missing", stored, made)
		}
		if _, made := thumbnails(t, openForThumbnails(t, folder), samples, keys); made != 10-stored {
			t.Errorf("%d stored: another process makes %d", stored, made)
		}
	}
}

// TestAStoreThatCanOnlyBeReadServesBlocks has, of all images but the first, only rows
// of more blocks than are asked for.
func TestAStoreThatCanOnlyBeReadServesBlocks(t *testing.T) {
	b, folder, samples := blocky(t), t.TempDir(), scan(t, photos(t, 4))
	all := extract(t, openWith(t, Config{Backbone: withBlocks(t, b, backbone.AllBlocks), Store: folder}), samples)
	extract(t, openWith(t, Config{Backbone: b, Store: folder}), samples[:1])
	x := openReadOnly(t, folder, gone(b))
	if x.Keeps() || x.ReadOnly() == nil {
		t.Skip("this file system lets anybody write")
	}
	for range 2 {
		for i, r := range extract(t, x, samples) {
			if r.Copied != (i > 0) || !slices.Equal(r.Embedding, all[i].Embedding[3:]) {
				t.Errorf("image %d: copied %v, %v", i, r.Copied, r.Embedding)
			}
		}
	}
}
