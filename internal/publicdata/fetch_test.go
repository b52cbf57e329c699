package publicdata

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/download"
)

// entry is one of a zip.
type entry struct{ name, content string }

const (
	whole  = "\xff\xd8\xff\xe0\x00\x10JFIF picture"
	noJFIF = "\xff\xd8\xff\xe1\x00\x10Exif picture"
)

// likeReal is what the real zip looks like: litter, foreign files, and images
// of which some lack the word JFIF.
var likeReal = []entry{
	{"readme[1].txt", "read me"},
	{"PetImages/Cat/0.jpg", whole},
	{"PetImages/Cat/1.jpg", noJFIF},
	{"PetImages/Cat/666.jpg", ""},
	{"PetImages/Cat/Thumbs.db", "litter"},
	{"PetImages/Dog/0.jpg", whole + "!"},
	{`PetImages\Dog\11.jpg`, whole + "?"},
	{"PetImages/Dog/x.jpg", whole},
	{"PetImages/Cow/1.jpg", whole},
	{"PetImages/Cat/../../../evil.jpg", whole},
	{"/PetImages/Cat/7.jpg", whole},
}

// zipOf returns a small cats_vs_dogs set that is a zip of the entries.
func zipOf(t *testing.T, entries []entry) (Set, []byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	s := CatsVsDogs
	s.Images, s.noJFIF = 5, 2
	sum := sha256.Sum256(b.Bytes())
	s.Files = []File{{Name: "pets.zip", Bytes: int64(b.Len()), SHA256: hex.EncodeToString(sum[:])}}
	return s, b.Bytes()
}

// serve makes the set come from a server.
func serve(t *testing.T, s *Set, content []byte) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(content) }))
	t.Cleanup(server.Close)
	s.Files[0].URLs = []string{server.URL + "/pets.zip"}
}

func silent(download.Progress) {}

// images returns what lies in a folder's class folders, as CLASS/FILE.
func images(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	for _, class := range []string{"cat", "dog"} {
		entries, err := os.ReadDir(filepath.Join(dir, class))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, class+"/"+e.Name())
		}
	}
	return strings.Join(names, " ")
}

func TestTheZipBecomesAFolderPerClass(t *testing.T) {
	s, content := zipOf(t, likeReal)
	serve(t, &s, content)
	dir := filepath.Join(t.TempDir(), "pets")
	got, err := s.Fetch(t.Context(), Options{Dir: dir, Report: silent})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Fetched{Dir: dir, Images: 5}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := images(t, dir), "cat/0.jpg cat/1.jpg cat/666.jpg dog/0.jpg dog/11.jpg"; got != want {
		t.Errorf("images %s, want %s", got, want)
	}
	only(t, filepath.Dir(dir), "pets")
	only(t, dir, ".headstart.json", "cat", "dog")
	s.Files[0].URLs = nil // it needs no server any more
	if got, err := s.Fetch(t.Context(), Options{Dir: dir, Report: silent}); err != nil || !got.Already || got.Images != 5 {
		t.Errorf("again: %+v, %v", got, err)
	}
	if _, err := s.Fetch(t.Context(), Options{Dir: dir, TFDSCorrupt: true, Report: silent}); err == nil || !strings.Contains(err.Error(), "already holds cats_vs_dogs, with 0 images dropped") {
		t.Errorf("with other images: %v", err)
	}
}

func only(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}

func TestAnEmptyFolderIsFilledAndOutlivesAFailure(t *testing.T) {
	s, content := zipOf(t, likeReal)
	from := filepath.Join(t.TempDir(), "brought.zip")
	if err := os.WriteFile(from, content, 0o666); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	o := Options{Dir: filepath.Join(folder, "pets"), From: from, Report: silent}
	if err := os.Mkdir(o.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	o.From = filepath.Join(folder, "none.zip")
	if _, err := s.Fetch(t.Context(), o); err == nil {
		t.Error("what is not there was unpacked")
	}
	only(t, folder, "pets")
	o.From = from
	if got, err := s.Fetch(t.Context(), o); err != nil || got.Already || got.Images != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	only(t, folder, "pets")
	t.Chdir(t.TempDir())
	o.Dir = "./"
	if _, err := s.Fetch(t.Context(), o); err == nil || !strings.Contains(err.Error(), "name a new one") {
		t.Errorf("into the working folder: %v", err)
	}
}

func TestWhatTFDSDropsIsDroppedIfAsked(t *testing.T) {
	s, content := zipOf(t, likeReal)
	from := filepath.Join(t.TempDir(), "brought.zip")
	if err := os.WriteFile(from, content, 0o666); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pets")
	got, err := s.Fetch(t.Context(), Options{Dir: dir, From: from, TFDSCorrupt: true, Report: silent})
	if err != nil || got.Images != 3 || got.Dropped != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, want := images(t, dir), "cat/0.jpg dog/0.jpg dog/11.jpg"; got != want {
		t.Errorf("images %s, want %s", got, want)
	}
	if _, err := os.Stat(from); err != nil {
		t.Errorf("the user's own file: %v", err)
	}
}

func TestNothingIsLeftWhereItFails(t *testing.T) {
	twice := append([]entry{{"PetImages/Cat/0.jpg", whole}}, likeReal...)
	for name, c := range map[string]struct {
		entries []entry
		change  func(*Set)
		want    string
	}{
		"fewer images than known":  {likeReal[:3], func(*Set) {}, "it gives 2 images and 0 dropped ones, not 5 and 0"},
		"two images of one name":   {twice, func(*Set) {}, "file exists"},
		"another file":             {likeReal, func(s *Set) { s.Files[0].SHA256 = strings.Repeat("0", 64) }, "its SHA-256 is"},
		"a file of another length": {likeReal, func(s *Set) { s.Files[0].Bytes++ }, "not the expected file"},
	} {
		t.Run(name, func(t *testing.T) {
			s, content := zipOf(t, c.entries)
			c.change(&s)
			from := filepath.Join(t.TempDir(), "brought.zip")
			if err := os.WriteFile(from, content, 0o666); err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			_, err := s.Fetch(t.Context(), Options{Dir: filepath.Join(folder, "pets"), From: from, Report: silent})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), from) {
				t.Errorf("error %v, want %q and the file's name", err, c.want)
			}
			only(t, folder)
		})
	}
}

func TestAStoppedUnpackingStartsOverWithoutDownloading(t *testing.T) {
	s, content := zipOf(t, likeReal)
	serve(t, &s, content)
	folder := t.TempDir()
	o := Options{Dir: filepath.Join(folder, "pets")}
	ctx, stop := context.WithCancel(t.Context())
	o.Report = func(p download.Progress) {
		if p.Phase == Unpack {
			stop()
		}
	}
	if _, err := s.Fetch(ctx, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	only(t, folder, "pets.headstart.zip")
	s.Files[0].URLs = nil
	o.Report = silent
	if _, err := s.Fetch(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	only(t, folder, "pets")
}

func TestTwoDoNotUnpackIntoOneFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("download.Lock locks nothing there")
	}
	s, content := zipOf(t, likeReal)
	dir := filepath.Join(t.TempDir(), "pets")
	brought := filepath.Join(t.TempDir(), "pets.zip")
	if err := os.WriteFile(brought, content, 0o666); err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: dir, From: brought, Report: silent}
	busy := func(p download.Progress) {
		if p.Phase == Unpack { // as another process would now
			if _, err := s.Fetch(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another process is writing it") {
				t.Errorf("while it is unpacked: %v", err)
			}
		}
	}
	if _, err := s.Fetch(t.Context(), Options{Dir: dir, From: brought, Report: busy}); err != nil {
		t.Fatal(err)
	}
	if got, want := images(t, dir), "cat/0.jpg cat/1.jpg cat/666.jpg dog/0.jpg dog/11.jpg"; got != want {
		t.Errorf("images %s, want %s", got, want)
	}
	only(t, filepath.Dir(dir), "pets")
}

func TestOtherFoldersAreNotTouched(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine.jpg"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	zip, _ := zipOf(t, likeReal)
	for _, s := range []Set{zip, MNIST} {
		if _, err := s.Fetch(t.Context(), Options{Dir: dir, From: t.TempDir(), Report: silent}); err == nil || !strings.Contains(err.Error(), dir+" exists and holds something else") {
			t.Errorf("%s: error %v", s.Name, err)
		}
		only(t, dir, "mine.jpg")
	}
}

func TestAFolderOfFilesMayHoldOtherThingsBesides(t *testing.T) {
	for _, there := range [][]string{
		{".DS_Store"},
		{".tmp-train-images-idx3-ubyte.gz-123"},
		{"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz.part", "README"},
	} {
		dir := t.TempDir()
		for _, name := range there {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		from := t.TempDir() // where nothing is: it gets as far as to look there
		if _, err := MNIST.Fetch(t.Context(), Options{Dir: dir, From: from, Report: silent}); err == nil || !strings.Contains(err.Error(), "cannot read "+from) {
			t.Errorf("beside %q: %v", there, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != len(there) {
			t.Errorf("of %q there is %v, %v", there, entries, err)
		}
	}
}

func TestMirrorAndAddress(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, MNIST.Files[0].URLs[0]},
		{Options{Mirror: "https://mirror.example"}, "https://mirror.example/cvdf-datasets/mnist/train-images-idx3-ubyte.gz"},
		{Options{URL: "https://other.example/digits/"}, "https://other.example/digits/train-images-idx3-ubyte.gz"},
	} {
		w, err := MNIST.Files[0].wanted("x", c.o, true)
		if err != nil || w.URLs[0] != c.want {
			t.Errorf("%+v: %v, %v", c.o, w.URLs, err)
		}
	}
}

func TestSetsAreComplete(t *testing.T) {
	for _, s := range Sets() {
		if s.About == "" || s.Licence == "" || s.Images == 0 || len(s.Classes) < 2 {
			t.Errorf("%+v lacks something", s)
		}
		for _, f := range s.Files {
			if len(f.SHA256) != 64 || f.Bytes == 0 || len(f.URLs) == 0 {
				t.Errorf("%s: %+v lacks something", s.Name, f)
			}
		}
	}
}

// TestForeignFilesBesideAreLeftAlone has files of the user's under the names that
// come to mind for a download and for unpacking, and in the folder of an
// unpacking that was stopped.
func TestForeignFilesBesideAreLeftAlone(t *testing.T) {
	s, content := zipOf(t, likeReal)
	serve(t, &s, content)
	const mine = "the user's own"
	for name, refused := range map[string]bool{
		"pets.zip":                                 false,
		"pets.zip.part":                            false,
		"pets.unpacking/1.jpg":                     false,
		"pets.unpacking.lock":                      false,
		"pets.headstart.zip":                       true,
		"pets.headstart.zip.part":                  true,
		"pets.headstart-unpacking/1.jpg":           true,
		"pets.headstart-unpacking/cat/0.jpg":       true,
		"pets.headstart-unpacking/.headstart.json": true,
		"pets.headstart-unpacking.lock":            true,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(mine), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := s.Fetch(t.Context(), Options{Dir: filepath.Join(folder, "pets")})
			if refused != (err != nil) || refused && !strings.Contains(err.Error(), filepath.Join(folder, "pets.headstart")) {
				t.Errorf("error %v", err)
			}
			if kept, err := os.ReadFile(path); err != nil || string(kept) != mine {
				t.Errorf("it holds %q, %v", kept, err)
			}
		})
	}
}

func TestWhatAStoppedUnpackingLeftIsReplaced(t *testing.T) {
	s, content := zipOf(t, likeReal)
	serve(t, &s, content)
	for _, foreign := range []string{"", "cat/mine.jpg", "mine.jpg"} {
		folder := t.TempDir()
		growing := filepath.Join(folder, "pets.headstart-unpacking")
		left := []string{markerName, "cat/0.jpg", "dog/11.jpg"}
		if foreign != "" {
			left = append(left, foreign)
		}
		for _, name := range left {
			path := filepath.Join(growing, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.Fetch(t.Context(), Options{Dir: filepath.Join(folder, "pets")})
		if foreign == "" {
			if err != nil {
				t.Error(err)
			}
			only(t, folder, "pets")
			continue
		}
		if err == nil || !strings.Contains(err.Error(), growing) {
			t.Errorf("beside %s: error %v", foreign, err)
		}
		if _, err := os.Stat(filepath.Join(growing, foreign)); err != nil {
			t.Error(err)
		}
	}
}

func TestFetchRefuses(t *testing.T) {
	if _, err := MNIST.Fetch(t.Context(), Options{TFDSCorrupt: true}); err == nil || !strings.Contains(err.Error(), "mnist has no images that TensorFlow Datasets drops") {
		t.Errorf("error %v", err)
	}
	from := t.TempDir() // an empty folder
	t.Chdir(t.TempDir())
	if _, err := MNIST.Fetch(t.Context(), Options{From: from}); err == nil || !strings.Contains(err.Error(), "cannot read "+from) {
		t.Errorf("error %v", err)
	}
}
