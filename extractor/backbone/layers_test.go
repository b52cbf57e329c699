package backbone

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// addBlocks adds a network and returns what it gives.
func addBlocks(t *testing.T, file, preprocess, blocks string) (Added, error) {
	t.Helper()
	return Add(t.Context(), file, AddOptions{Name: "blocks-" + strings.TrimSuffix(filepath.Base(file), ".onnx"), Preprocess: preprocess, Blocks: blocks})
}

// TestLayersOfAllKindsBecomeBlocks has several networks give named layers: a block
// holds the mean of its layer, and the last is as without blocks.
func TestLayersOfAllKindsBecomeBlocks(t *testing.T) {
	for name, blocks := range map[string]string{
		"half":      "relu_4,relu_2",               // float16
		"uint8":     "relu_7",                      // takes channels last, as bytes, one at a time
		"quantised": "qlinearconv_1",               // 8-bit numbers
		"attended":  "layernormalization_4,conv_1", // tokens
		"old":       "relu_2",                      // opset 9
		"unpooled":  "relu_2",
	} {
		t.Run(name, func(t *testing.T) {
			emptyCacheWithLibrary(t)
			preprocess := "tf"
			if name == "uint8" {
				preprocess = "raw"
			}
			added, err := addBlocks(t, testNetwork(name), preprocess, blocks)
			if err != nil {
				t.Fatal(err)
			}
			got := BlockNames(added.Available())
			want := append(strings.Split(blocks, ","), LastBlock)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("blocks %v, not %v", got, want)
			}
			installed, err := Resolve(added.Name)
			if err != nil {
				t.Fatal(err)
			}
			all, err := installed.Select(AllBlocks)
			if err != nil {
				t.Fatal(err)
			}
			both, err := runOnTestImages(t, all, false)
			if err != nil {
				t.Fatal(err)
			}
			last, err := runOnTestImages(t, installed, false)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(both[len(both)-len(last):], last) {
				t.Error("the last block is not the embedding")
			}
		})
	}
}

// TestBlocksAreInTheOrderOfTheGraph gives names in another order than the graph's.
func TestBlocksAreInTheOrderOfTheGraph(t *testing.T) {
	emptyCacheWithLibrary(t)
	added, err := addBlocks(t, testNetwork("plain"), "tf", "relu_4, relu_2")
	if err != nil {
		t.Fatal(err)
	}
	if names := BlockNames(added.Available()); !slices.Equal(names, []string{"relu_2", "relu_4", "last"}) {
		t.Error(names)
	}
	if !slices.ContainsFunc(added.Steps, func(s string) bool { return strings.Contains(s, "block relu_2") && strings.Contains(s, "8 values") }) {
		t.Error(added.Steps)
	}
}

func TestUselessLayersAreRefused(t *testing.T) {
	emptyCacheWithLibrary(t)
	for blocks, want := range map[string]string{
		"nowhere":          `no value named "nowhere"`,
		"relu_2,gemm_7":    "gemm_7 cannot be a block",
		"relu_2,flatten_6": "flatten_6 cannot be a block",
	} {
		_, err := addBlocks(t, testNetwork("plain"), "tf", blocks)
		if !errors.As(err, new(*OptionError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", blocks, err)
		}
	}
}

// pyramid returns a network of four sizes, each of two layers, for images of 64 pixels.
func pyramid() *onnxgraph.Model {
	m := onnxgraph.New("pyramid")
	m.AddInput(onnxgraph.Value{Name: "image", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1, Name: "N"}, {Size: 3}, {Size: 64}, {Size: 64}}})
	at, channels := "image", 3
	for stage, width := range []int{4, 6, 8, 10} {
		for layer := range 2 {
			name := string(rune('a'+stage)) + string(rune('1'+layer))
			weight := make([]float32, width*channels*9)
			for i := range weight {
				weight[i] = float32((i*37+stage)%19-9) / 20
			}
			m.AddFloats(name+"_weight", weight, int64(width), int64(channels), 3, 3)
			stride := int64(2 - layer)
			m.AddNode("Conv", []string{at, name + "_weight"}, []string{name + "_conv"}, onnxgraph.Ints("strides", stride, stride), onnxgraph.Ints("pads", 1, 1, 1, 1))
			m.AddNode("Relu", []string{name + "_conv"}, []string{name})
			at, channels = name, width
		}
	}
	m.AddNode("GlobalAveragePool", []string{at}, []string{"pool"})
	m.AddNode("Flatten", []string{"pool"}, []string{"features"})
	m.AddOutput(onnxgraph.FloatRows("features", int64(channels)))
	small := torchvision
	small.Resize, small.Crop = 72, 64
	m.SetMetadata(PreprocessingKey, preprocessingJSON(small))
	return m
}

// TestEndsOfStagesAreFound finds them from shapes and from strides: the last layers
// of 16 × 16 and 8 × 8 positions, not those of 32 × 32, which are early, nor of 4 × 4,
// which the output pools.
func TestEndsOfStagesAreFound(t *testing.T) {
	emptyCacheWithLibrary(t)
	want := []Block{{Name: "16x16", Layer: "b2", Dim: 6}, {Name: "8x8", Layer: "c2", Dim: 8}}
	path := filepath.Join(t.TempDir(), "pyramid.onnx")
	writeModel(t, path, pyramid())
	added, err := addBlocks(t, path, "", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := added.Available(); !slices.Equal(got[:len(got)-1], want) {
		t.Errorf("by shapes: %v", got)
	}
	b, err := read("pyramid", path, &Entry{Stages: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Available(); !slices.Equal(got[:len(got)-1], want) {
		t.Errorf("by strides: %v", got)
	}
	if none, err := read("pyramid", path, nil); err != nil || len(none.Available()) != 1 {
		t.Errorf("without a record: %v, %v", none.Available(), err)
	}
}

func TestNoBlocksAreRecordedIfNoneAreWanted(t *testing.T) {
	emptyCacheWithLibrary(t)
	path := filepath.Join(t.TempDir(), "pyramid.onnx")
	writeModel(t, path, pyramid())
	added, err := addBlocks(t, path, "", NoBlocks)
	if err != nil {
		t.Fatal(err)
	}
	if names := BlockNames(added.Available()); !slices.Equal(names, []string{LastBlock}) {
		t.Error(names)
	}
	if b, err := added.Select(AllBlocks); err != nil || b.Blocks != nil {
		t.Errorf("%v, %v", b.Blocks, err)
	}
}

// TestRecordedBlocksAreKept adds an installed backbone again, by another name.
func TestRecordedBlocksAreKept(t *testing.T) {
	emptyCacheWithLibrary(t)
	first, err := addBlocks(t, testNetwork("plain"), "tf", "relu_2")
	if err != nil {
		t.Fatal(err)
	}
	again, err := Add(t.Context(), first.Path, AddOptions{Name: "again"})
	if err != nil {
		t.Fatal(err)
	}
	if again.SHA256 != first.SHA256 || !slices.Equal(again.Available(), first.Available()) {
		t.Errorf("%v, not %v", again.Available(), first.Available())
	}
}
