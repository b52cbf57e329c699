package extractor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// openForThumbnails returns an extractor that has no backbone to load.
func openForThumbnails(t *testing.T, folder string) *Extractor {
	t.Helper()
	x, err := New(Config{Backbone: backbone.Backbone{Path: "none", Dim: 4}, Store: folder, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// keysOf reads the samples' keys.
func keysOf(t *testing.T, samples []dataset.Sample) []store.Key {
	t.Helper()
	keys := make([]store.Key, len(samples))
	for i, s := range samples {
		data, err := s.Read(nil, DefaultMaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = sha256.Sum256(data)
	}
	return keys
}

// thumbnails returns the samples' thumbnails, and how many had to be made.
func thumbnails(t *testing.T, x *Extractor, samples []dataset.Sample, keys []store.Key) (found [][]byte, made int) {
	t.Helper()
	next := 0
	found, err := x.Thumbnails(t.Context(), samples, keys, func(done, total int) {
		if done != next || done > total {
			t.Errorf("progress is %d of %d, want %d", done, total, next)
		}
		next, made = next+1, total
	})
	if err != nil {
		t.Fatal(err)
	}
	if made > 0 && next != made+1 {
		t.Errorf("progress ended before %d, at %d", made, next-1)
	}
	return found, made
}

func equalThumbnails(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

func TestThumbnailsAreMadeOnceForEachContent(t *testing.T) {
	folder, dir := photos(t, 9), t.TempDir()
	copied, err := os.ReadFile(filepath.Join(folder, "004.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "copy.png"), copied, 0o666); err != nil {
		t.Fatal(err)
	}
	samples := scan(t, folder)
	keys := keysOf(t, samples)
	first, made := thumbnails(t, openForThumbnails(t, dir), samples, keys)
	if made != 9 || !bytes.Equal(first[4], first[9]) {
		t.Errorf("%d were made of 9 images and a copy", made)
	}
	want := make([]byte, imageio.ThumbnailLen)
	if err := new(imageio.Decoder).Thumbnail(t.Context(), want, copied); err != nil || !bytes.Equal(first[4], want) {
		t.Errorf("not the thumbnail of the image, or %v", err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	second, made := thumbnails(t, openForThumbnails(t, dir), samples, keys)
	if made != 0 || !equalThumbnails(first, second) {
		t.Errorf("%d were made again, or others returned", made)
	}
}

func TestExtractMakesThumbnailsToo(t *testing.T) {
	folder, dir := photos(t, 20), t.TempDir()
	samples := scan(t, folder)
	keys := keysOf(t, samples)
	want, _ := thumbnails(t, openForThumbnails(t, ""), samples, keys)
	extract(t, open(t, dir, 3), samples)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if found, made := thumbnails(t, openForThumbnails(t, dir), samples, keys); made != 0 || !equalThumbnails(found, want) {
		t.Errorf("%d had to be made, or they are others", made)
	}
}

func TestAnImageThatCannotBeReadHasNoThumbnail(t *testing.T) {
	folder, dir := photos(t, 4), t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "text.jpg"), []byte("text"), 0o666); err != nil {
		t.Fatal(err)
	}
	samples := scan(t, folder)
	keys := keysOf(t, samples)
	moved := samples[1]
	moved.Path = filepath.Join(folder, "moved.png")
	if err := os.Rename(samples[1].Path, moved.Path); err != nil {
		t.Fatal(err)
	}
	samples, keys = append(samples, dataset.FromFile(moved.Path)), append(keys, keys[1])
	writePhoto(t, samples[2].Path, 99) // another image now
	if err := os.Remove(samples[3].Path); err != nil {
		t.Fatal(err)
	}
	for run, want := range []int{5, 2} { // what is gone may come back; text stays text
		found, made := thumbnails(t, openForThumbnails(t, dir), samples, keys)
		for i, wanted := range []bool{true, true, false, false, false, true} {
			if (found[i] != nil) != wanted {
				t.Errorf("%s has a thumbnail: %v", samples[i].Path, found[i] != nil)
			}
		}
		if made != want {
			t.Errorf("run %d: %d were tried, want %d", run, made, want)
		}
	}
}

func TestWithoutAStoreThumbnailsAreMadeEachTime(t *testing.T) {
	samples := scan(t, photos(t, 5))
	keys := keysOf(t, samples)
	x := openForThumbnails(t, "")
	first, made := thumbnails(t, x, samples, keys)
	second, again := thumbnails(t, x, samples, keys)
	if made != 5 || again != 5 || first[0] == nil || !equalThumbnails(first, second) {
		t.Errorf("%d were made, and then %d, or others", made, again)
	}
}

func TestDamageCostsOnlyTheThumbnailsItHit(t *testing.T) {
	samples := scan(t, photos(t, 6))
	keys := keysOf(t, samples)
	dir := t.TempDir()
	first, _ := thumbnails(t, openForThumbnails(t, dir), samples, keys)
	path := filepath.Join(dir, "thumbnails", thumbnailSpec().Hash(), "vectors.npy")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 1 // of the last row
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	for run, want := range []int{1, 0} {
		found, made := thumbnails(t, openForThumbnails(t, dir), samples, keys)
		if made != want || !equalThumbnails(found, first) {
			t.Errorf("run %d: %d were made, want %d, or others returned", run, made, want)
		}
	}
}

func TestInterruptedThumbnailsAreKept(t *testing.T) {
	samples := scan(t, photos(t, 30))
	keys := keysOf(t, samples)
	dir := t.TempDir()
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	if _, err := openForThumbnails(t, dir).Thumbnails(ctx, samples, keys, func(done, _ int) {
		if done == 10 {
			cancel(stopped)
		}
	}); !errors.Is(err, stopped) {
		t.Errorf("error is %v", err)
	}
	if _, made := thumbnails(t, openForThumbnails(t, dir), samples, keys); made > 20 || made == 0 {
		t.Errorf("%d of 30 were made after 10 of them had been", made)
	}
}

func TestThumbnailsEndWhereTheProcessIsOutOfDescriptors(t *testing.T) {
	samples := scan(t, photos(t, 8))
	keys := keysOf(t, samples)
	defer func(whole func(dataset.Sample, []byte, int64) ([]byte, error)) { readSample = whole }(readSample)
	readSample = func(s dataset.Sample, buf []byte, max int64) ([]byte, error) {
		if s.Path == samples[3].Path {
			return buf, &fs.PathError{Op: "open", Path: s.Path, Err: syscall.EMFILE}
		}
		return s.Read(buf, max)
	}
	if _, err := openForThumbnails(t, t.TempDir()).Thumbnails(t.Context(), samples, keys, nil); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("error is %v", err)
	}
}
