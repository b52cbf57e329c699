package backbone

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// emptyCacheWithLibrary is emptyCache, but ONNX Runtime is still found.
func emptyCacheWithLibrary(t *testing.T) string {
	t.Helper()
	t.Setenv(ort.LibraryVariable, orttest.Library(t))
	return emptyCache(t)
}

// runOnTestImages is trial for an installed backbone.
func runOnTestImages(t *testing.T, b Backbone, many bool) ([]float32, error) {
	t.Helper()
	content, err := b.Read()
	if err != nil {
		t.Fatal(err)
	}
	return trial(t.Context(), b, content, many)
}

func testNetwork(name string) string { return filepath.Join("testdata", name+".onnx") }

// TestAddedNetworksGiveTheirFeatures compares what is installed with ONNX's
// reference implementation: scripts/make_test_models.py made both files.
func TestAddedNetworksGiveTheirFeatures(t *testing.T) {
	folder := emptyCacheWithLibrary(t)
	text, err := os.ReadFile(filepath.Join("testdata", "features.json"))
	if err != nil {
		t.Fatal(err)
	}
	var features map[string][]float32
	if err := json.Unmarshal(text, &features); err != nil {
		t.Fatal(err)
	}
	if len(features) != 17 {
		t.Fatalf("features of %d networks", len(features))
	}
	for name, want := range features {
		preprocess, tolerance := "tf", 1e-5
		switch name {
		case "uint8":
			preprocess = ""
		case "half":
			tolerance = 2e-3
		}
		added, err := Add(t.Context(), testNetwork(name), AddOptions{Name: name, Preprocess: preprocess})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, err := Resolve(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if b.Path != filepath.Join(folder, name+".onnx") || b.SHA256 != added.SHA256 || b.Assumed || b.Dim != len(want) {
			t.Errorf("%s: installed %+v", name, b)
		}
		got, err := runOnTestImages(t, b, true)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := distance(got, want); d > tolerance {
			t.Errorf("%s: features are off by %g", name, d)
		}
	}
}

// distance is the largest difference, beside the largest value.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var difference, size float64
	for i := range a {
		difference = max(difference, math.Abs(float64(a[i]-b[i])))
		size = max(size, math.Abs(float64(b[i])))
	}
	return difference / size
}

func TestAddSaysWhatItDid(t *testing.T) {
	emptyCacheWithLibrary(t)
	for name, want := range map[string][]string{
		"old":       {"cut at flatten_6 float [1 16], its pooled features; 7 of 9", "any number of images at once in place of 1"},
		"uint8":     {"cut at reshape_11", "takes float32 in place of uint8", "(level - [0 0 0]) / [1 1 1], NHWC", "any number"},
		"half":      {"its output gives float32 in place of float16"},
		"unpooled":  {"cut at relu_8 float [1 24], what its classifier takes"},
		"excited":   {"cut at reducemean_9 float [1 16], its pooled features"},
		"headless":  {"its pooled features; 6 of 6 operators", "rows, [N, 16]"},
		"quantised": {"cut at flatten_3 uint8", "the numbers that the uint8 stand for"},
		"dynamic":   {"cut at gather_5 float [1 16], what its classifier takes"},
		"distilled": {"cut at gather_5_mean float [1 16], the mean of what its classifiers take"},
		"function":  {"cut at gather_5 float [1 16], what its classifier takes"},
		"squeezed":  {"cut at relu_4 float [1 16 8 8], the map that its classifier takes", "the mean over the map's 64 positions"},
		"attended":  {"cut at gather_18 float [1 16], its output"},
		"outputs":   {"cut at pooler_output float [1 16], its output"},
		"ranked":    {"cut at flatten_4 float [1 16], its pooled features"},
		"training":  {"2 batch norms and dropouts written for training now as in inference", "cut at flatten_4 float [1 8], its pooled features"},
	} {
		o := AddOptions{Name: name, Preprocess: "tf"}
		if name == "uint8" {
			o.Preprocess = "raw"
		}
		added, err := Add(t.Context(), testNetwork(name), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		steps := strings.Join(added.Steps, "\n")
		for _, words := range want {
			if !strings.Contains(steps, words) {
				t.Errorf("%s: no %q in\n%s", name, words, steps)
			}
		}
	}
}

// TestAddKeepsABatchOfOne adds a network that joins each image with a constant
// of one row.
func TestAddKeepsABatchOfOne(t *testing.T) {
	emptyCacheWithLibrary(t)
	added, err := Add(t.Context(), testNetwork("single"), AddOptions{Name: "single", Output: "concat_7", Preprocess: "tf"})
	if err != nil {
		t.Fatal(err)
	}
	if steps := strings.Join(added.Steps, "\n"); !strings.Contains(steps, "it takes one image at a time") {
		t.Error(steps)
	}
	if _, err := runOnTestImages(t, added.Backbone, false); err != nil || added.Dim != 20 {
		t.Errorf("%d values, %v", added.Dim, err)
	}
}

func TestAddCancelledInstallsNothing(t *testing.T) {
	folder := emptyCacheWithLibrary(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Add(ctx, testNetwork("old"), AddOptions{Name: "old", Preprocess: "tf"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if names := entries(t, folder); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
}

// TestAddCutsAnywhere cuts beside the way to the scores, and before an output
// that is no tensor.
func TestAddCutsAnywhere(t *testing.T) {
	emptyCacheWithLibrary(t)
	for network, output := range map[string]string{"excited": "sigmoid_7", "sequence": "gemm_7"} {
		if _, err := Add(t.Context(), testNetwork(network), AddOptions{Name: network, Preprocess: "tf", Output: output}); err != nil {
			t.Errorf("%s: %v", network, err)
		}
	}
}

func TestAddAveragesAMap(t *testing.T) {
	emptyCacheWithLibrary(t)
	pooled, err := Add(t.Context(), testNetwork("plain"), AddOptions{Name: "pooled", Preprocess: "unit"})
	if err != nil {
		t.Fatal(err)
	}
	averaged, err := Add(t.Context(), testNetwork("plain"), AddOptions{Name: "averaged", Output: "relu_4", Preprocess: "unit"})
	if err != nil {
		t.Fatal(err)
	}
	want, err := runOnTestImages(t, pooled.Backbone, true)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := runOnTestImages(t, averaged.Backbone, true); err != nil || distance(got, want) > 1e-6 {
		t.Errorf("%v, not %v (%v)", got, want, err)
	}
}

func TestAddTakesEveryWayToTellPreprocessing(t *testing.T) {
	emptyCacheWithLibrary(t)
	path := filepath.Join(t.TempDir(), "images.json")
	if err := os.WriteFile(path, []byte(`{"mean": [1, 2, 3], "std": [4, 5, 6], "filter": "bicubic"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "my-resnet18.onnx")
	content, err := os.ReadFile(testNetwork("plain"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied, content, 0o666); err != nil {
		t.Fatal(err)
	}
	add := func(name, file, preprocess string) Backbone {
		t.Helper()
		added, err := Add(t.Context(), file, AddOptions{Name: name, Preprocess: preprocess})
		if err != nil {
			t.Fatal(err)
		}
		return added.Backbone
	}
	given := add("file", testNetwork("plain"), path)
	p := given.Preprocessing
	if p.Mean != [3]float32{1, 2, 3} || p.Std != [3]float32{4, 5, 6} || p.Filter != "bicubic" || p.Crop != 32 || p.Resize != 37 {
		t.Errorf("from a file: %+v", p)
	}
	if p := add("text", testNetwork("plain"), `{"mean": [1, 2, 3], "std": [4, 5, 6], "resize": 32}`).Preprocessing; p.Resize != 32 || p.Filter != "bilinear" {
		t.Errorf("from JSON: %+v", p)
	}
	if p := add("guessed", copied, "").Preprocessing; p.Mean != torchvision.Mean {
		t.Errorf("guessed by name: %+v", p)
	}
	if again := add("recorded", given.Path, ""); again.Preprocessing != given.Preprocessing {
		t.Errorf("recorded: %+v", again.Preprocessing)
	}
	if _, err := Add(t.Context(), testNetwork("plain"), AddOptions{Name: "asked"}); !errors.Is(err, ErrNoPreprocessing) {
		t.Errorf("error %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	folder := emptyCacheWithLibrary(t)
	large := filepath.Join(t.TempDir(), "large.onnx")
	f, err := os.Create(large)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(3<<30), f.Close()); err != nil { // sparse: takes no room
		t.Fatal(err)
	}
	if _, err := Add(t.Context(), testNetwork("headless"), AddOptions{Name: "there", Preprocess: "tf"}); err != nil {
		t.Fatal(err)
	}
	before := entries(t, folder)
	for want, c := range map[string]struct {
		file string
		o    AddOptions
	}{
		`--output "gather_5" (16 values, what its last layer takes) or "matmul_6" (64 values, its output)`: {testNetwork("projected"), AddOptions{Name: "n", Preprocess: "tf"}},
		`--output "relu_4" (16 values, what its last step takes) or "head_5" (10 values, its output)`:      {testNetwork("opaque"), AddOptions{Name: "n", Preprocess: "tf"}},
		"none of its inputs is an image":                                 {testNetwork("text"), AddOptions{Name: "n", Preprocess: "tf"}},
		"sequenceconstruct_8, which is not a tensor: name another value": {testNetwork("sequence"), AddOptions{Name: "n", Preprocess: "tf"}},
		"has no operator my.operators:Swirl":                             {testNetwork("custom"), AddOptions{Name: "n", Preprocess: "tf"}},
		"large.onnx: larger than the 2 GiB":                              {large, AddOptions{Name: "n", Preprocess: "tf"}},
		`it has no value named "pool9"`:                                  {testNetwork("plain"), AddOptions{Name: "n", Preprocess: "tf", Output: "pool9"}},
		"its value sequenceconstruct_8 has the type \"\"":                {testNetwork("sequence"), AddOptions{Name: "n", Preprocess: "tf", Output: "sequenceconstruct_8"}},
		"takes bytes, levels from 0 to 255":                              {testNetwork("uint8"), AddOptions{Name: "n", Preprocess: "tf"}},
		`preprocessing "caffe" is not one of imagenet, raw, tf, unit`:    {testNetwork("plain"), AddOptions{Name: "n", Preprocess: "caffe"}},
		`unknown field "men"`:                                            {testNetwork("plain"), AddOptions{Name: "n", Preprocess: `{"men": [1, 2, 3]}`}},
		"its input image has the shape [-1 3 32 32]":                     {testNetwork("plain"), AddOptions{Name: "n", Preprocess: `{"crop": 31}`}},
		`backbone name "../n"`:                                           {testNetwork("plain"), AddOptions{Name: "../n"}},
		"backbone name resnet50 is reserved":                             {testNetwork("plain"), AddOptions{Name: "resnet50"}},
		"backbone there is already installed":                            {testNetwork("plain"), AddOptions{Name: "there"}},
		"no-such.onnx: no such file or directory":                        {testNetwork("no-such"), AddOptions{Name: "n"}},
		"features.json: not an ONNX file":                                {filepath.Join("testdata", "features.json"), AddOptions{Name: "n"}},
	} {
		if _, err := Add(t.Context(), c.file, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if after := entries(t, folder); !slices.Equal(after, before) {
		t.Errorf("left behind: %v", after)
	}
}

// TestAddWarnsOfScores names class scores, and what is not.
func TestAddWarnsOfScores(t *testing.T) {
	emptyCacheWithLibrary(t)
	for network, outputs := range map[string]map[string]bool{
		"plain":     {"softmax_8": true, "gemm_7": true, "globalaveragepool_5": false},
		"dynamic":   {"add_11": true, "mul_10": true, "gather_5": false},
		"distilled": {"div_10": true, "gather_6": false},
		"function":  {"head_6": true},
		"squeezed":  {"flatten_9": true},
		"projected": {"gather_5": false},
	} {
		for output, scores := range outputs {
			added, err := Add(t.Context(), testNetwork(network), AddOptions{Name: network + output, Preprocess: "tf", Output: output})
			if err != nil {
				t.Errorf("%s: %v", network, err)
				continue
			}
			if warned := strings.Contains(strings.Join(added.Steps, "\n"), "warning: "+output+" looks like class scores"); warned != scores {
				t.Errorf("%s: warned of %s: %v", network, output, warned)
			}
		}
	}
}

func entries(t *testing.T, folder string) []string {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func TestInspect(t *testing.T) {
	emptyCacheWithLibrary(t)
	i, err := Inspect(testNetwork("plain"))
	if err != nil {
		t.Fatal(err)
	}
	// 8 × 16² × 27 + 16 × 8² × 72 + 16 × 10, by hand.
	if i.MultiplyAdds != 55296+73728+160 || i.Weights != 216+4*8+1152+160+10 || i.Opset != 17 || i.Operators != 9 {
		t.Errorf("%+v", i)
	}
	if !slices.Equal(i.Inputs, []string{"image float [N, 3, 32, 32]"}) || !slices.Equal(i.Outputs, []string{"softmax_8 float [N, 10]"}) {
		t.Errorf("inputs %v, outputs %v", i.Inputs, i.Outputs)
	}
	var names []string
	for _, c := range i.Candidates {
		if c.Chosen {
			c.Name += "*"
		}
		names = append(names, c.Name)
	}
	if !slices.Equal(names, []string{"relu_4", "globalaveragepool_5", "flatten_6*", "gemm_7", "softmax_8"}) {
		t.Errorf("candidates %v", names)
	}
}
