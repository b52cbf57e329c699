package backbone

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/cachedir"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// pullable returns an entry for one of testdata's networks, which a server
// gives, in a cache of its own.
func pullable(t *testing.T, network, cut string) Entry {
	t.Helper()
	emptyCacheWithLibrary(t)
	file, err := os.ReadFile(filepath.Join("testdata", network))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	t.Cleanup(server.Close)
	e := Entry{
		Name: "pulled", Source: "a test", Preprocessing: torchvision,
		Download: &Download{URL: server.URL + "/" + network, Bytes: int64(len(file)), SHA256: digest(file), Cut: cut},
	}
	e.Preprocessing.Resize, e.Preprocessing.Crop = 37, 32
	if cut == "" {
		e.SHA256 = e.Download.SHA256
	}
	return e
}

func silent(Progress) {}

// filesIn returns the names of the files in a part of the cache.
func filesIn(t *testing.T, part string) []string {
	t.Helper()
	folder, err := cachedir.Join(part)
	if err != nil {
		t.Fatal(err)
	}
	return entries(t, folder)
}

func TestAHeadlessFileIsInstalledAsItIs(t *testing.T) {
	e := pullable(t, "headless.onnx", "")
	for range 2 { // the second finds it there
		b, err := e.Pull(t.Context(), PullOptions{Report: silent})
		if err != nil {
			t.Fatal(err)
		}
		if b.SHA256 != e.Download.SHA256 || b.Preprocessing != e.Preprocessing {
			t.Errorf("%+v", b.Backbone)
		}
		e.Download.URL = "http://nowhere.invalid/"
	}
	if got := filesIn(t, "backbones"); !slices.Equal(got, []string{"pulled.onnx"}) {
		t.Errorf("installed: %q", got)
	}
}

func TestAWholeNetworkIsCut(t *testing.T) {
	for _, network := range []string{"plain.onnx", "quantised.onnx"} {
		t.Run(network, func(t *testing.T) {
			e := pullable(t, network, Auto)
			b, err := e.Pull(t.Context(), PullOptions{Report: silent})
			if err != nil {
				t.Fatal(err)
			}
			if b.SHA256 == e.Download.SHA256 || b.Dim != 16 || b.Preprocessing != e.Preprocessing || len(b.Steps) == 0 {
				t.Errorf("%+v", b)
			}
			if again, err := resolveEntry(e); err != nil || again.SHA256 != b.SHA256 {
				t.Errorf("by its name: %+v, %v", again, err)
			}
			model, err := onnxgraph.LoadWhole(b.Path)
			if err != nil {
				t.Fatal(err)
			}
			if source, _ := model.Metadata(SourceKey); !strings.Contains(source, e.Download.SHA256) {
				t.Errorf("its source is recorded as %q", source)
			}
			if left := filesIn(t, "downloads"); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestAFileBroughtByHand(t *testing.T) {
	for _, cut := range []string{"", Auto} {
		e := pullable(t, "plain.onnx", cut)
		e.Download.URL = "http://nowhere.invalid/"
		if _, err := e.Pull(t.Context(), PullOptions{From: filepath.Join("testdata", "old.onnx"), Report: silent}); err == nil || !strings.Contains(err.Error(), "old.onnx") {
			t.Errorf("cut %q: another file: %v", cut, err)
		}
		if got := filesIn(t, "backbones"); len(got) > 0 {
			t.Errorf("cut %q: installed: %q", cut, got)
		}
		b, err := e.Pull(t.Context(), PullOptions{From: filepath.Join("testdata", "plain.onnx"), Report: silent})
		if err != nil || b.Path == "" {
			t.Errorf("cut %q: %v", cut, err)
		}
	}
}

func TestAWrongDigestIsNotCut(t *testing.T) {
	e := pullable(t, "plain.onnx", Auto)
	e.Download.SHA256 = strings.Repeat("0", 64)
	if _, err := e.Pull(t.Context(), PullOptions{Report: silent}); err == nil || !strings.Contains(err.Error(), "not "+e.Download.SHA256) {
		t.Errorf("error %v", err)
	}
	if got := filesIn(t, "backbones"); len(got) > 0 {
		t.Errorf("installed: %q", got)
	}
}

func TestADamagedBackboneIsPulledAgain(t *testing.T) {
	e := pullable(t, "plain.onnx", Auto)
	path, err := e.Path()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Pull(t.Context(), PullOptions{Report: silent}); err != nil {
		t.Fatal(err)
	}
	if _, err := resolveEntry(e); err != nil {
		t.Error(err)
	}
}
