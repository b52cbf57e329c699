package backbone

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// weightedMaps returns for each map the sum over the columns k of the embedding of
// cos(k) times the column's map.
func weightedMaps(maps []Map) [][]float64 {
	sums := make([][]float64, len(maps))
	for n, m := range maps {
		sums[n] = make([]float64, m.Width*m.Height)
		for i := range sums[n] {
			for k := range m.Dim {
				sums[n][i] += math.Cos(float64(m.First+k)) * float64(m.At(k, i))
			}
		}
	}
	return sums
}

// TestMapsAreTheReference compares with what ONNX Runtime gives from Python:
// scripts/reference_maps.py made the networks and the numbers.
func TestMapsAreTheReference(t *testing.T) {
	orttest.Library(t)
	text, err := os.ReadFile(filepath.Join("testdata", "maps.json"))
	if err != nil {
		t.Fatal(err)
	}
	var references map[string][][]float64
	if err := json.Unmarshal(text, &references); err != nil {
		t.Fatal(err)
	}
	if len(references) < 7 {
		t.Fatalf("maps of %d networks", len(references))
	}
	for name, want := range references {
		t.Run(name, func(t *testing.T) {
			b := mapNetwork(t, name)
			mapped, err := b.WithMaps()
			if err != nil {
				t.Fatal(err)
			}
			row, err := runOnTestImages(t, mapped.Backbone, !mapped.OneAtATime)
			if err != nil {
				t.Fatal(err)
			}
			embedding, maps, err := mapped.Split(row)
			if err != nil {
				t.Fatal(err)
			}
			alone, err := runOnTestImages(t, b, !b.OneAtATime)
			if err != nil {
				t.Fatal(err)
			}
			if !alike(embedding, alone) {
				t.Error("the embedding is another than without maps")
			}
			got := weightedMaps(maps)
			if len(got) != len(want) {
				t.Fatalf("%d maps, want %d", len(got), len(want))
			}
			for n := range want {
				if len(got[n]) != len(want[n]) {
					t.Fatalf("map %d has %d places, want %d", n, len(got[n]), len(want[n]))
				}
				for i := range want[n] {
					if math.Abs(got[n][i]-want[n][i]) > 1e-3 {
						t.Errorf("map %d, place %d: %v, want %v", n, i, got[n][i], want[n][i])
					}
				}
			}
		})
	}
}

// mapNetwork returns a network of testdata, the installed backbone of that name, or
// one of ../shared/models as backbones add makes it.
func mapNetwork(t *testing.T, name string) Backbone {
	t.Helper()
	if strings.HasPrefix(name, "map_") {
		b, err := Resolve(testNetwork(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if _, known := LookUp(name); known {
		b, err := Resolve(name)
		if errors.Is(err, ErrNotInstalled) {
			t.Skipf("needs %s: run make setup", name)
		} else if err != nil {
			t.Fatal(err)
		}
		return b
	}
	path := filepath.Join("..", "..", "..", "shared", "models", name+".onnx")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs ../shared/models: %v", err)
	}
	emptyCacheWithLibrary(t)
	added, err := Add(t.Context(), path, AddOptions{Name: "added", Preprocess: "imagenet"})
	if err != nil {
		t.Fatal(err)
	}
	return added.Backbone
}

// TestNoMap tries networks whose embedding is not a mean over places.
func TestNoMap(t *testing.T) {
	orttest.Library(t)
	for name, reason := range map[string]string{
		"map_all_tokens":  "not a float32 map", // 65 tokens are no square
		"map_class_token": "class token",
		"map_normed":      "BatchNormalization",
		"map_weighted":    "not a float32 map",
	} {
		_, err := mapNetwork(t, name).WithMaps()
		none, ok := errors.AsType[*NoMapError](err)
		if !ok || !errors.Is(err, ErrNoMap) || !strings.Contains(none.Reason, reason) {
			t.Errorf("%s: %v, want an error about %q", name, err, reason)
		}
	}
}

// TestMapsMustAverageToTheEmbedding has a network that changes the order of its
// pooled values, which its graph does not show.
func TestMapsMustAverageToTheEmbedding(t *testing.T) {
	orttest.Library(t)
	mapped, err := mapNetwork(t, "map_shuffled").WithMaps()
	if err != nil {
		t.Fatal(err)
	}
	row, err := runOnTestImages(t, mapped.Backbone, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := mapped.Split(row); !errors.Is(err, ErrNoMap) {
		t.Errorf("error %v", err)
	}
}

// TestManyParts has a graph whose output holds one value 2⁶⁴ times.
func TestManyParts(t *testing.T) {
	m := onnxgraph.New("many")
	m.AddInput(onnxgraph.Value{Name: "x0", Type: onnxgraph.Float32})
	for i := range 64 {
		from := fmt.Sprintf("x%d", i)
		m.AddNode("Concat", []string{from, from}, []string{fmt.Sprintf("x%d", i+1)}, onnxgraph.Int("axis", 1))
	}
	if parts, reason := newGraph(m).pooledParts("x64"); reason == "" {
		t.Errorf("%d parts", len(parts))
	}
}
