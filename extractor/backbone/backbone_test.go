package backbone

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// emptyCache points the user's cache folder at a new one.
func emptyCache(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", folder)
	backbones := filepath.Join(folder, "headstart", "backbones")
	if err := os.MkdirAll(backbones, 0o777); err != nil {
		t.Fatal(err)
	}
	return backbones
}

// installed returns the backbone that make setup installs.
func installed(t *testing.T) Backbone {
	t.Helper()
	b, err := Resolve("efficientnet-lite0")
	if errors.Is(err, ErrNotInstalled) {
		t.Skip("needs the backbone efficientnet-lite0: run make setup")
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCatalogueIsComplete(t *testing.T) {
	for _, e := range Catalogue() {
		if e.Name == "" || e.About == "" || e.Source == "" || e.Licence == "" {
			t.Errorf("%+v lacks words", e)
		}
		if err := e.Preprocessing.Validate(); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

func TestInstalledBackboneDescribesItself(t *testing.T) {
	b := installed(t)
	entry, _ := LookUp("efficientnet-lite0")
	if b.Dim != 1280 || b.Preprocessing != entry.Preprocessing || b.Assumed || len(b.SHA256) != 64 {
		t.Errorf("%+v", b)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	folder := emptyCache(t)
	for name, c := range map[string]struct {
		want         string
		notInstalled bool
	}{
		Auto:            {"backbone auto is not installed: none of resnet50, efficientnet-lite0, resnet50-v2-7, ", true},
		"resnet50":      {"backbone resnet50 is not installed: there is no file " + filepath.Join(folder, "resnet50.onnx"), true},
		"resnet51":      {`no backbone is named "resnet51", and there is no such file`, false},
		"some/net.onnx": {"some/net.onnx: no such file", false},
	} {
		_, err := Resolve(name)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
		if errors.Is(err, ErrNotInstalled) != c.notInstalled {
			t.Errorf("%s: %v is ErrNotInstalled: %v", name, err, !c.notInstalled)
		}
	}
}

func TestDamagedFilesAreRefused(t *testing.T) {
	whole, err := os.ReadFile(installed(t).Path)
	if err != nil {
		t.Fatal(err)
	}
	folder := emptyCache(t)
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("resnet50.onnx", whole)
	if _, err := Resolve("resnet50"); err == nil || !strings.Contains(err.Error(), "is damaged or another file: its SHA-256 is") {
		t.Errorf("another file under a known name: %v", err)
	}
	lite, _ := LookUp("efficientnet-lite0")
	for _, content := range [][]byte{whole[:len(whole)/2], []byte("no network at all"), nil} {
		write("efficientnet-lite0.onnx", content)
		if err := lite.Check(); !errors.As(err, new(*DamagedError)) {
			t.Errorf("%d bytes look like %v", len(content), err)
		}
		if _, err := Resolve("efficientnet-lite0"); !errors.As(err, new(*DamagedError)) {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
	write("efficientnet-lite0.onnx", whole)
	if err := lite.Check(); err != nil {
		t.Error(err)
	}
	write("cut.onnx", whole[:len(whole)/2])
	write("text.onnx", []byte("no network at all"))
	for name, want := range map[string]string{"cut.onnx": "the file is cut short", "text.onnx": "not an ONNX file"} {
		path := filepath.Join(folder, name)
		if _, err := Resolve(path); err == nil || !strings.Contains(err.Error(), "cannot use backbone "+path+": "+want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAFileThatHasChangedIsNotLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.onnx")
	copyTo := func(from string) {
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(path, content, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	copyTo(tiny)
	b, err := Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	content, err := b.Read()
	if err != nil || digest(content) != b.SHA256 {
		t.Errorf("read %d bytes, %v", len(content), err)
	}
	copyTo(testNetwork("headless"))
	if _, err := b.Read(); !errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
}

// tiny is a complete backbone, made by scripts/make_small_models.py.
var tiny = filepath.Join("..", "..", "testdata", "tiny-backbone.onnx")

func TestTheTinyBackboneDescribesItself(t *testing.T) {
	b, err := Resolve(tiny)
	if err != nil {
		t.Fatal(err)
	}
	if b.Name != "tiny-backbone" || b.Dim != 24 || b.Assumed || b.OneAtATime || b.Classifier || b.Preprocessing.Crop != 32 {
		t.Errorf("%+v", b)
	}
}

func TestExternalWeightsAreRefused(t *testing.T) {
	for name, tensor := range map[string]string{"external": "weight_0", "hidden": "\"\""} {
		_, err := Resolve(testNetwork(name))
		for _, want := range []string{testNetwork(name), tensor, "headstart backbones add"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no %q in error %v", name, want, err)
			}
		}
	}
	emptyCacheWithLibrary(t)
	if _, err := Add(t.Context(), testNetwork("hidden"), AddOptions{Name: "merged"}); err != nil {
		t.Error(err)
	}
	if _, err := Resolve("merged"); err != nil {
		t.Error(err)
	}
}

func TestAFileWithoutPreprocessingIsAssumedToTakeTorchvisions(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "models", "mobilenetv3-small-embed.onnx")
	if _, err := os.Stat(path); err != nil {
		t.Skip("../shared/models is not there")
	}
	b, err := Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	if !b.Assumed || b.Preprocessing != torchvision || b.Name != "mobilenetv3-small-embed" || b.Dim != 576 {
		t.Errorf("%+v", b)
	}
}

func TestAClassifierIsToldFromABackbone(t *testing.T) {
	small := torchvision
	small.Resize, small.Crop = 36, 32
	for name, classifier := range map[string]bool{"plain": true, "headless": false} {
		b, err := read(name, filepath.Join("testdata", name+".onnx"), &Entry{Preprocessing: small})
		if err != nil {
			t.Fatal(err)
		}
		if b.Classifier != classifier {
			t.Errorf("%s: classifier %v", name, b.Classifier)
		}
	}
}
