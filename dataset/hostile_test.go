package dataset

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// allocated returns how many bytes of memory a call takes in all, garbage
// included.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// zipNamed returns a zip file with empty entries of these names.
func zipNamed(t testing.TB, names ...string) []byte {
	t.Helper()
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	for _, name := range names {
		if _, err := w.CreateHeader(&zip.FileHeader{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func write(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDeepNamesInAZipFileAreSkipped(t *testing.T) {
	limit := strings.Repeat("a/", maxDepth-1)
	names := []string{"cats/" + limit + "1.jpg", "cats/" + limit + "a/2.jpg", "dogs/3.jpg"}
	file := write(t, filepath.Join(t.TempDir(), "deep.zip"), zipNamed(t, names...))
	d, err := Scan(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, listZip(t, d, file), "cats "+names[0], "dogs dogs/3.jpg")
	wantLines(t, d.Notes, fmt.Sprintf("%s: skipped entries more than 64 folders deep: %q", file, names[1]))
}

// TestAZipFileTakesMemoryByItsSize has many names with folders of their own, as
// deep as is allowed and deeper.
func TestAZipFileTakesMemoryByItsSize(t *testing.T) {
	for _, depth := range []int{maxDepth - 2, 1900} {
		var names []string
		for i := range 300 {
			names = append(names, fmt.Sprintf("c%d/%s1.jpg", i, strings.Repeat(string(rune('a'+i%26))+"/", depth)))
		}
		content := zipNamed(t, names...)
		file := write(t, filepath.Join(t.TempDir(), "deep.zip"), content)
		took := allocated(func() { _, _ = Scan(t.Context(), file) })
		t.Logf("%d folders deep: %d bytes for a file of %d", depth, took, len(content))
		// Paths of the folders on the way to a file are garbage at once.
		if most := uint64(50*len(content) + 1<<20); took > most {
			t.Errorf("%d folders deep: %d bytes of memory for a zip file of %d", depth, took, len(content))
		}
	}
}

func TestAZipFilesClaimedCountIsNotBelieved(t *testing.T) {
	content := zipNamed(t, "cats/1.jpg", "dogs/2.jpg")
	end := len(content) - 22 // of central directory, APPNOTE.TXT 4.3.16
	binary.LittleEndian.PutUint16(content[end+8:], 0xfffe)
	binary.LittleEndian.PutUint16(content[end+10:], 0xfffe)
	file := write(t, filepath.Join(t.TempDir(), "many.zip"), content)
	took := allocated(func() {
		if _, err := Scan(t.Context(), file); err == nil {
			t.Error("a directory with fewer entries than it claims was read")
		}
	})
	if took > 1<<20 {
		t.Errorf("%d bytes of memory", took)
	}
}

func TestAManifestInAZipFileIsBounded(t *testing.T) {
	var content bytes.Buffer
	w := zip.NewWriter(&content)
	entry, err := w.Create("manifest.csv")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(entry, "path,label")
	for range 3000 {
		fmt.Fprintln(entry, "1.jpg,a")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := write(t, filepath.Join(t.TempDir(), "data.zip"), content.Bytes())
	if _, err := Scan(t.Context(), file); err == nil || !strings.Contains(err.Error(), "manifest.csv: line 1012: more than 1010 images") {
		t.Errorf("error %v", err)
	}
}

// idxFiles writes a pair of IDX files that claim count records.
func idxFiles(t *testing.T, end string, count, side uint32, pixels, labels int) (folder string, size int64) {
	t.Helper()
	folder = t.TempDir()
	for name, c := range map[string]struct {
		header []uint32
		bytes  int
	}{
		"train-images-idx3-ubyte": {[]uint32{idxImages, count, side, side}, pixels},
		"train-labels-idx1-ubyte": {[]uint32{idxLabels, count}, labels},
	} {
		file, err := os.Create(filepath.Join(folder, name+end))
		if err != nil {
			t.Fatal(err)
		}
		var w io.WriteCloser = file
		if end != "" {
			w = gzip.NewWriter(file)
		}
		if err := binary.Write(w, binary.BigEndian, c.header); err != nil {
			t.Fatal(err)
		}
		zeros := make([]byte, 1<<16)
		for left := c.bytes; left > 0; left -= len(zeros) {
			if _, err := w.Write(zeros[:min(left, len(zeros))]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file.Close()
		info, err := os.Stat(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	return folder, size
}

func TestIDXFilesClaimNoMoreThanTheyHold(t *testing.T) {
	for name, c := range map[string]struct {
		end            string
		count, side    uint32
		pixels, labels int
		want           string
	}{
		"a claim":                    {"", 1 << 25, 1, 100, 1 << 10, "cut short, 100 bytes of 33554432"},
		"images of a pixel":          {"", 1 << 19, 1, 1 << 19, 1 << 19, "524288 images of 1×1 pixels are too small"},
		"a claim, gzipped":           {".gz", 1 << 25, 28, 1 << 10, 1 << 10, "unpack it with gunzip"},
		"images of a pixel, gzipped": {".gz", 1 << 19, 1, 1 << 19, 1 << 19, "unpack it with gunzip"},
		"blank images, gzipped":      {".gz", 10_000, 28, 28 * 28 * 10_000, 10_000, "unpack it with gunzip"},
		"few blank images, gzipped":  {".gz", 1000, 28, 28 * 28 * 1000, 1000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder, size := idxFiles(t, c.end, c.count, c.side, c.pixels, c.labels)
			var err error
			took := allocated(func() { _, err = Scan(t.Context(), folder) })
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if most := uint64(400*size + 8<<20); took > most {
				t.Errorf("%d bytes of memory for files of %d", took, size)
			}
		})
	}
}

func TestADeepFolderIsUnreadable(t *testing.T) {
	root := tree(t, "a/"+strings.Repeat("b/", maxDepth)+"1.jpg", "a/2.jpg")
	d, err := Scan(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Samples) != 2 || d.Samples[0].Label != "a" || !d.Samples[1].UnreadableDir && !d.Samples[0].UnreadableDir {
		t.Logf("samples %+v", d.Samples)
	}
	for _, s := range d.Samples {
		if _, err := s.Read(nil, 100); s.UnreadableDir != (err != nil && strings.Contains(err.Error(), "more than 64 folders deep")) {
			t.Errorf("%s: %v", s.Path, err)
		}
	}
}

// endless is a manifest that never ends.
type endless struct {
	text string
	read func()
}

func (e endless) Read(p []byte) (int, error) {
	e.read()
	n := 0
	for n+len(e.text) <= len(p) {
		n += copy(p[n:], e.text)
	}
	return n, nil
}

func TestAnEndlessManifestEndsWithItsContext(t *testing.T) {
	for _, name := range []string{"m.csv", "m.jsonl"} {
		for _, text := range []string{"\n", "{}\n", "path\n", `"` + "\n"} {
			cause := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			s, err := newScan(ctx, Scanner{}, false)
			if err != nil {
				t.Fatal(err)
			}
			reads := 0
			content := endless{text, func() {
				if reads++; reads == 3 {
					cancel(cause)
				}
			}}
			_ = s.addManifest(name, content, s.onDisk("."), 1<<30) // errors before are as good
			if reads > 4 {
				t.Errorf("%s of %q: read %d times", name, text, reads)
			}
			cancel(nil)
		}
	}
}

func TestZipAndIDXScansEndWithTheirContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	file := zipped(t, "cats/1.jpg", "dogs/2.jpg")
	if _, err := openArchive(ctx, &files{}, file); !errors.Is(err, cause) {
		t.Errorf("zip: %v", err)
	}
	folder, _ := idxFiles(t, "", 10, 8, 640, 10)
	s, err := newScan(ctx, Scanner{}, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.addIDXFile(filepath.Join(folder, "train-images-idx3-ubyte")); !errors.Is(err, cause) || len(s.found) > 0 {
		t.Errorf("IDX: %v", err)
	}
	tree := treeScan{s, &archive{path: "x.zip", from: &files{}, entries: []zipEntry{{"a/b/1.jpg", nil}}}}
	tree.files("x.zip", []entry{{name: "a", folder: true}}, Sample{})
	if len(s.found) > 0 {
		t.Error("folders are entered after the end")
	}
	// What was scanned in time can be read afterwards.
	ctx, cancel = context.WithCancelCause(t.Context())
	d, err := Scan(ctx, file)
	cancel(cause)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := d.Samples[0].Read(nil, 100); err != nil || string(data) != "cats/1.jpg" {
		t.Errorf("read %q, %v", data, err)
	}
}

// within fails unless a call returns soon; the time is a guard against hangs.
func within(t *testing.T, call func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); call() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it hangs")
	}
}

func TestAFolderThatHoldsItselfManyTimes(t *testing.T) {
	root := tree(t, "a/1.jpg")
	for i := range 200 {
		link(t, root, fmt.Sprintf("a/loop%03d → .", i), fmt.Sprintf("a/self%03d → self%03d", i, i))
	}
	within(t, func() {
		d, err := Scan(t.Context(), root)
		if err != nil || len(d.Samples) != 1 {
			t.Fatalf("%v", err)
		}
		if len(d.Notes) != maxNotes+2 {
			t.Errorf("%d notes: %.2000q", len(d.Notes), d.Notes)
		}
	})
}

func TestSamplesOfFilesAndOfBytes(t *testing.T) {
	path := filepath.Join(tree(t, "1.jpg"), "1.jpg")
	s := FromFile(path)
	data, err := s.Read([]byte("old"), 100)
	if err != nil || string(data) != "1.jpg" || s.Path != path || !s.Explicit {
		t.Errorf("%+v: %q, %v", s, data, err)
	}
	id, err := s.ID()
	if err != nil || id.Path != path || id.Size != 5 || id.ModTime == 0 || runtime.GOOS == "linux" && id.ChangeTime == 0 {
		t.Errorf("%+v, %v", id, err)
	}
	if _, err := FromFile(path+"x").Read(nil, 100); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}

	image := []byte("bytes")
	s = FromBytes("upload", image)
	data, err = s.Read(nil, 5)
	if err != nil || string(data) != "bytes" || &data[0] == &image[0] || s.Path != "upload" || !s.Explicit {
		t.Errorf("%+v: %q, %v", s, data, err)
	}
	if id, err := s.ID(); err != nil || id != (ID{}) {
		t.Errorf("%+v, %v", id, err)
	}
	if _, err := s.Read(nil, 4); err == nil || !strings.Contains(err.Error(), "upload: 5 bytes are over the limit of 4") {
		t.Errorf("error %v", err)
	}
}

// TestAChangeIsSeenThoughTheTimeIsSetBack writes other bytes of the same size and
// sets the time of the last change back, as cp -p and rsync -t do.
func TestAChangeIsSeenThoughTheTimeIsSetBack(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no ctime")
	}
	path := filepath.Join(tree(t, "1.jpg"), "1.jpg")
	at := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	before, err := FromFile(path).ID()
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after == before; { // until the clock of the file system has ticked
		write(t, path, []byte("2.jpg"))
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		if after, err = FromFile(path).ID(); err != nil {
			t.Fatal(err)
		}
		if after.ModTime != before.ModTime || after.Size != before.Size {
			t.Fatalf("%+v becomes %+v", before, after)
		}
	}
}

func TestASampleThatAProgramMakesIsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jpg")
	if err := os.WriteFile(path, []byte("image"), 0o666); err != nil {
		t.Fatal(err)
	}
	if data, err := (Sample{Path: path, Label: "cats"}).Read(nil, 100); err != nil || string(data) != "image" {
		t.Errorf("%q, %v", data, err)
	}
	if id, err := (Sample{Path: path}).ID(); err != nil || id != mustID(t, FromFile(path)) {
		t.Errorf("%+v, %v", id, err)
	}
	if _, err := (Sample{}).Read(nil, 100); err == nil {
		t.Error("the zero Sample was read")
	}
}

func mustID(t *testing.T, s Sample) ID {
	t.Helper()
	id, err := s.ID()
	if err != nil {
		t.Fatal(err)
	}
	return id
}
