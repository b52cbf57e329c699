package extractor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// photos writes n different pictures and returns their folder.
func photos(t *testing.T, n int) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "photos")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		writePhoto(t, filepath.Join(folder, fmt.Sprintf("%03d.png", i)), uint64(i))
	}
	return folder
}

// writePhoto draws a few coloured boxes.
func writePhoto(t *testing.T, path string, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	img := image.NewNRGBA(image.Rect(0, 0, 60+r.IntN(60), 60+r.IntN(60)))
	for range 20 {
		c := color.NRGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255}
		x, y := r.IntN(60), r.IntN(60)
		for dx := range 30 {
			for dy := range 20 {
				img.SetNRGBA(x+dx, y+dy, c)
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func scan(t *testing.T, folder string) []dataset.Sample {
	t.Helper()
	d, err := dataset.ScanUnlabelled(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	return d.Samples
}

// tiny returns a backbone of a few kilobytes that tells colours apart, and skips
// the test where ONNX Runtime's library is not installed.
func tiny(t testing.TB) backbone.Backbone {
	t.Helper()
	orttest.Library(t)
	b, err := backbone.Resolve(filepath.Join("..", "testdata", "tiny-backbone.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// open returns an extractor whose store is found in order when the test ends.
func open(t *testing.T, folder string, workers int) *Extractor {
	t.Helper()
	return openWith(t, Config{Store: folder, Workers: workers})
}

// openWith is open with more of a Config, whose backbone is tiny if it has none.
func openWith(t *testing.T, config Config) *Extractor {
	t.Helper()
	if config.Backbone.Path == "" {
		config.Backbone = tiny(t)
	}
	x, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.OpenStore(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		root, err := store.OpenRoot(config.Store)
		if err != nil {
			t.Fatal(err)
		}
		report, err := root.Verify(context.Background(), x.Spec().Hash())
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("the store is damaged: %v, %v", report, err)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func extract(t *testing.T, x *Extractor, samples []dataset.Sample) []Result {
	t.Helper()
	var results []Result
	if err := x.Extract(context.Background(), slices.Values(samples), func(r Result) error {
		r.Embedding = slices.Clone(r.Embedding)
		results = append(results, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return results
}

func TestResultsComeInOrderAndAreCachedTheNextTime(t *testing.T) {
	samples := scan(t, photos(t, 40))
	folder := t.TempDir()
	first := extract(t, open(t, folder, 3), samples)
	second := extract(t, open(t, folder, 3), samples)
	if len(first) != len(samples) || len(second) != len(samples) {
		t.Fatalf("%d and %d results of %d samples", len(first), len(second), len(samples))
	}
	for i, s := range samples {
		if first[i].Sample.Path != s.Path || first[i].Cached || first[i].Err != nil {
			t.Errorf("first run, result %d: %v", i, first[i])
		}
		if second[i].Sample.Path != s.Path || !second[i].Cached || second[i].Key != first[i].Key {
			t.Errorf("second run, result %d: %v", i, second[i])
		}
		if !slices.Equal(first[i].Embedding, second[i].Embedding) {
			t.Errorf("%s: the store returns another embedding", s.Path)
		}
	}
	if slices.Equal(first[0].Embedding, first[1].Embedding) {
		t.Error("different images have the same embedding")
	}
}

func TestWorkersChangeNoByteOfTheStore(t *testing.T) {
	samples := scan(t, photos(t, 30))
	var files [][]byte
	for _, workers := range []int{1, 4} {
		x := open(t, t.TempDir(), workers)
		extract(t, x, samples)
		vectors, err := os.ReadFile(x.Store().VectorsPath())
		if err != nil {
			t.Fatal(err)
		}
		thumbnails, err := os.ReadFile(x.thumbnails.VectorsPath())
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, append(vectors, thumbnails...))
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("one and four workers write different vectors.npy")
	}
}

func TestCopiesAndMovedFilesAreKnownByContent(t *testing.T) {
	folder := photos(t, 5)
	x := open(t, t.TempDir(), 2)
	extract(t, x, scan(t, folder))
	moved := folder + "-moved"
	if err := os.Rename(folder, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(moved, "000.png"), filepath.Join(moved, "copy.png")); err != nil {
		t.Fatal(err)
	}
	for _, r := range extract(t, x, scan(t, moved)) {
		if !r.Cached {
			t.Errorf("%s is computed again", r.Sample.Path)
		}
	}
	if info, err := x.Store().Info(); err != nil || info.Rows != 5 {
		t.Errorf("%d rows of five different images, %v", info.Rows, err)
	}
}

func TestBadImagesAreResultsAndRemembered(t *testing.T) {
	folder := photos(t, 2)
	good, err := os.ReadFile(filepath.Join(folder, "000.png"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"cut.png":   good[:len(good)/2],
		"notes.txt": []byte("no picture"),
		"text.jpg":  []byte("no picture either"),
		"empty.jpg": nil,
		"empty.txt": nil,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	store := t.TempDir()
	for range 2 {
		x := open(t, store, 2)
		for _, r := range extract(t, x, scan(t, folder)) {
			name := filepath.Base(r.Sample.Path)
			bad := !strings.HasPrefix(name, "00")
			if (r.Err != nil) != bad || r.Skipped() != strings.HasSuffix(name, ".txt") {
				t.Errorf("%s: error %v, passed over %v", name, r.Err, r.Skipped())
			}
			if name == "empty.jpg" && !strings.Contains(r.Err.Error(), "the file is empty") {
				t.Errorf("%s: %v", name, r.Err)
			}
		}
		if info, err := x.Store().Info(); err != nil || info.Unreadable != 4 { // two are empty
			t.Errorf("%d images are remembered as unreadable, %v", info.Unreadable, err)
		}
	}
}

func TestUnreadableImagesAreTriedAgainIfAsked(t *testing.T) {
	samples := scan(t, photos(t, 1))
	data, err := samples[0].Read(nil, DefaultMaxBytes)
	if err != nil {
		t.Fatal(err)
	}
	x := open(t, t.TempDir(), 1)
	x.store.PutUnreadable(sha256.Sum256(data), "an older decoder gave up")
	if r := extract(t, x, samples)[0]; r.Err == nil || r.Err.Error() != "an older decoder gave up" {
		t.Errorf("the reason is not remembered: %v", r.Err)
	}
	x.config.RetryUnreadable = true
	for _, cached := range []bool{false, true} {
		if r := extract(t, x, samples)[0]; r.Err != nil || r.Cached != cached {
			t.Errorf("tried again: %v, cached %v", r.Err, r.Cached)
		}
	}
}

func TestWhatALimitRefusesIsNotRemembered(t *testing.T) {
	samples := scan(t, photos(t, 1))
	folder := t.TempDir()
	for want, config := range map[string]Config{
		"pixels are over the limit of 100 pixels": {Limits: imageio.Limits{MaxPixels: 100}},
		"given up: not decoded within 1ns":        {TimeLimit: time.Nanosecond},
		"bytes are over the limit of 10":          {MaxBytes: 10},
		"the limit is 1 MB (--memory)":            {Memory: 1 << 20},
	} {
		config.Store = folder
		if r := extract(t, openWith(t, config), samples)[0]; r.Err == nil || !strings.Contains(r.Err.Error(), want) || r.Cached {
			t.Errorf("error %v, want %q", r.Err, want)
		}
	}
	if r := extract(t, open(t, folder, 1), samples)[0]; r.Err != nil || r.Cached {
		t.Errorf("without the limits: %v, cached %v", r.Err, r.Cached)
	}
}

func TestCopiesCountTheSameWithAnyNumberOfWorkers(t *testing.T) {
	folder := photos(t, 1)
	for i := range 7 {
		if err := os.Link(filepath.Join(folder, "000.png"), filepath.Join(folder, fmt.Sprintf("copy%d.png", i))); err != nil {
			t.Fatal(err)
		}
	}
	for _, workers := range []int{1, 4} {
		for _, r := range extract(t, open(t, t.TempDir(), workers), scan(t, folder)) {
			if r.Cached {
				t.Errorf("%d workers: %s is said to be older than the store", workers, r.Sample.Path)
			}
		}
	}
}

func TestAPanicInTheCallbackDoesNotHang(t *testing.T) {
	samples := scan(t, photos(t, 200))
	x := open(t, t.TempDir(), 2)
	defer func() {
		if recover() == nil {
			t.Error("the panic is gone")
		}
	}()
	_ = x.Extract(context.Background(), slices.Values(samples), func(Result) error { panic("oh") })
}

func TestAFileThatGoesAwayIsAResult(t *testing.T) {
	folder := photos(t, 3)
	samples := scan(t, folder)
	if err := os.Remove(samples[1].Path); err != nil {
		t.Fatal(err)
	}
	results := extract(t, open(t, t.TempDir(), 2), samples)
	if results[1].Err == nil || !strings.Contains(results[1].Err.Error(), "no such file") {
		t.Errorf("error %v", results[1].Err)
	}
	if results[0].Err != nil || results[2].Err != nil {
		t.Error("its neighbours suffer")
	}
}

func TestInterruptedItKeepsWhatIsFinished(t *testing.T) {
	samples := scan(t, photos(t, 60))
	whole := open(t, t.TempDir(), 2)
	want := extract(t, whole, samples)

	folder := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	readSample = func(s dataset.Sample, buf []byte, max int64) ([]byte, error) {
		if s.Path >= samples[30].Path {
			<-ctx.Done()
		}
		return s.Read(buf, max)
	}
	var seen []string
	err := open(t, folder, 2).Extract(ctx, slices.Values(samples), func(r Result) error {
		if seen = append(seen, r.Sample.Path); len(seen) == 10 {
			cancel()
		}
		return nil
	})
	readSample = dataset.Sample.Read
	if !errors.Is(err, context.Canceled) || len(seen) == len(samples) {
		t.Fatalf("error %v after %d of %d samples", err, len(seen), len(samples))
	}
	again := open(t, folder, 2)
	for i, r := range extract(t, again, samples) {
		if i < len(seen) && (seen[i] != r.Sample.Path || !r.Cached) {
			t.Errorf("%s was seen in the place of %s, which is kept: %v", seen[i], r.Sample.Path, r.Cached)
		}
		if !slices.Equal(r.Embedding, want[i].Embedding) {
			t.Errorf("%s has another embedding than in a whole run", r.Sample.Path)
		}
	}
}

func TestTheCallersErrorEndsTheRun(t *testing.T) {
	stop := errors.New("enough")
	calls := 0
	err := open(t, t.TempDir(), 2).Extract(context.Background(), slices.Values(scan(t, photos(t, 20))), func(Result) error {
		calls++
		return stop
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestMatrixHasARowPerKey(t *testing.T) {
	x := open(t, t.TempDir(), 2)
	results := extract(t, x, scan(t, photos(t, 4)))
	m, err := x.Matrix(t.Context(), []store.Key{results[3].Key, results[0].Key, results[3].Key})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Len() != 3 || m.Dim() != x.Backbone().Dim {
		t.Fatalf("%d rows of %d values", m.Len(), m.Dim())
	}
	for i, want := range []int{3, 0, 3} {
		if !slices.Equal(m.Row(i), results[want].Embedding) {
			t.Errorf("row %d is not that of image %d", i, want)
		}
	}
	if _, err := x.Matrix(t.Context(), []store.Key{{1}}); err == nil {
		t.Error("an image that was never seen has a row")
	}
}

func TestABackboneThatDoesNotLoadIsNamed(t *testing.T) {
	b := tiny(t)
	b.Path = filepath.Join(t.TempDir(), "gone.onnx")
	x, err := New(Config{Backbone: b, Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	err = x.Extract(context.Background(), slices.Values(scan(t, photos(t, 3))), func(Result) error { return nil })
	if err == nil || !strings.Contains(err.Error(), b.Path) {
		t.Errorf("error %v does not name the file", err)
	}
}

// TestAFileThatChangesWhileItIsRead has a file replaced behind each read: once,
// and the result is of the new content; for ever, and there is a reason.
func TestAFileThatChangesWhileItIsRead(t *testing.T) {
	defer func(before func(dataset.Sample, []byte, int64) ([]byte, error)) { readSample = before }(readSample)
	for changes, want := range map[int]error{1: nil, 100: errChanging} {
		folder := photos(t, 1)
		path := filepath.Join(folder, "000.png")
		left := changes
		readSample = func(s dataset.Sample, buf []byte, max int64) ([]byte, error) {
			data, err := s.Read(buf, max)
			if left > 0 {
				left--
				writePhoto(t, path, uint64(1000+left))
			}
			return data, err
		}
		results := extract(t, open(t, t.TempDir(), 1), scan(t, folder))
		if !errors.Is(results[0].Err, want) {
			t.Fatalf("%d changes: %v", changes, results[0].Err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil && results[0].Key != sha256.Sum256(content) {
			t.Error("the result is of content that is no longer there")
		}
	}
}
