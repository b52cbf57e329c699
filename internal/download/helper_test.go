package download

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var content = func() []byte {
	b := make([]byte, 3<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}()

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// server serves content, and can misbehave.
type server struct {
	*httptest.Server
	etag    string
	ranges  bool // serves parts of a file
	cut     int  // bytes after which the connection breaks, 0 for never
	whole   int  // requests for all of the file
	partial int  // requests for a part of it
}

func serve(t *testing.T) *server {
	s := &server{etag: `"v1"`, ranges: true}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	keepShort(t)
	return s
}

func keepShort(t *testing.T) {
	oldPause, oldStall := pause, stall
	pause = time.Millisecond
	t.Cleanup(func() { pause, stall = oldPause, oldStall })
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", s.etag)
	if s.cut > 0 {
		w = &breaking{w, s.cut}
	}
	if !s.ranges {
		r.Header.Del("Range")
	}
	if r.Header.Get("Range") == "" {
		s.whole++
	} else {
		s.partial++
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// breaking ends the connection in the middle of a body.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	n, err := b.ResponseWriter.Write(p[:min(len(p), b.left)])
	if b.left -= n; b.left == 0 {
		panic(http.ErrAbortHandler)
	}
	return n, err
}

func wanted(t *testing.T, urls ...string) File {
	return File{URLs: urls, Path: filepath.Join(t.TempDir(), "new", "net.onnx"), Size: int64(len(content)), SHA256: sum(content)}
}

// log remembers what was reported.
type log struct {
	phases []Phase
	notes  []string
}

func (l *log) report(p Progress) {
	if len(l.phases) == 0 || l.phases[len(l.phases)-1] != p.Phase {
		l.phases = append(l.phases, p.Phase)
	}
	if p.Note != "" {
		l.notes = append(l.notes, p.Note)
	}
}

func (l *log) noted(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(strings.Join(l.notes, "\n"), text) {
		t.Errorf("notes %q lack %q", l.notes, text)
	}
}

// fetch fails unless f comes and is installed.
func fetch(t *testing.T, f File) *log {
	t.Helper()
	l := new(log)
	if err := Fetch(t.Context(), f, l.report); err != nil {
		t.Fatal(err)
	}
	installed(t, f)
	return l
}

// withDisk has partial files on another kind of disk, until undo or the test's
// end.
func withDisk(t *testing.T, disk func(storage) storage) (undo func()) {
	original := openStorage
	undo = func() { openStorage = original }
	t.Cleanup(undo)
	openStorage = func(path string) (storage, error) {
		file, err := original(path)
		return disk(file), err
	}
	return undo
}

// installed fails unless the file is in its place, alone and right.
func installed(t *testing.T, f File) {
	t.Helper()
	got, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("the file holds %d bytes that are right: %v (%v)", len(got), bytes.Equal(got, content), err)
	}
	holds(t, f, filepath.Base(f.Path))
}

// holds fails unless the folder of the file holds exactly these names.
func holds(t *testing.T, f File, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func failsWith(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("it did not fail")
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}
