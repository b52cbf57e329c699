package extractor

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

// sharedData is where photos for tests lie that are not part of the project.
var sharedData = filepath.Join("..", "..", "shared", "data")

// TestEmbeddingsAreThoseOfPillow compares with embeddings made in Python, from
// Pillow's decoders and its resizing of float planes, by
// scripts/reference_embeddings.py. It compares a tenth of the photos of which
// `make parity` compares all.
func TestEmbeddingsAreThoseOfPillow(t *testing.T) {
	list, err := os.ReadFile(filepath.Join("testdata", "parity", "photos.txt"))
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(list))
	reference := readReference(t, len(names))
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(sharedData, filepath.FromSlash(name))
	}
	var sum float64
	var small int
	for i, embedding := range embedWithLite0(t, paths) {
		similarity := cosine(embedding, reference[i])
		least := 0.98 // large photos, which are decoded at a fraction of their size, in all orientations
		if strings.HasPrefix(names[i], "cats_vs_dogs/") {
			least = 0.99
			sum += similarity
			small++
		}
		if similarity < least {
			t.Errorf("%s: cosine %.5f with the reference, %.2f is the least", names[i], similarity, least)
		}
	}
	if mean := sum / float64(small); mean < 0.9995 {
		t.Errorf("mean cosine %.5f with the reference", mean)
	}
}

// embedWithLite0 extracts the embeddings of the files at paths. It skips the
// test where the photos or the backbone are missing.
func embedWithLite0(t *testing.T, paths []string) [][]float32 {
	t.Helper()
	if _, err := os.Stat(sharedData); err != nil {
		t.Skip("../shared/data is not there")
	}
	network, err := backbone.Resolve("efficientnet-lite0")
	if errors.Is(err, backbone.ErrNotInstalled) {
		t.Skip("efficientnet-lite0 is not installed: make setup")
	} else if err != nil {
		t.Fatal(err)
	}
	data, err := dataset.ScanUnlabelled(t.Context(), paths...)
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Config{Backbone: network, Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	var embeddings [][]float32
	err = x.Extract(context.Background(), slices.Values(data.Samples), func(r Result) error {
		embeddings = append(embeddings, append([]float32(nil), r.Embedding...))
		return r.Err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(embeddings) != len(paths) {
		t.Fatalf("%d embeddings of %d photos", len(embeddings), len(paths))
	}
	return embeddings
}

// readReference reads rows of float32 behind the header of a .npy file.
func readReference(t *testing.T, rows int) [][]float32 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "parity", "embeddings.npy"))
	if err != nil {
		t.Fatal(err)
	}
	data = data[10+int(binary.LittleEndian.Uint16(data[8:])):]
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	dim := len(values) / rows
	table := make([][]float32, rows)
	for i := range table {
		table[i] = values[i*dim : (i+1)*dim]
	}
	return table
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}
