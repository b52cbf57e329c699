package headstart_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/extractor"
	backbones "github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// withGrid writes the tiny backbone with a record of an earlier block, its map of
// 4 × 4 colours, and returns its path.
func withGrid(t *testing.T) string {
	t.Helper()
	m, err := onnxgraph.Load(backbone)
	if err != nil {
		t.Fatal(err)
	}
	m.SetMetadata(backbones.BlocksKey, `[{"name":"grid","layer":"grid","dim":3}]`)
	content, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "grid.onnx")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestHeadsKeepTheirBlocks trains heads on several blocks, and loads, scores and
// exports them by an engine that is set to another one.
func TestHeadsKeepTheirBlocks(t *testing.T) {
	needsRuntime(t)
	path, store := withGrid(t), t.TempDir()
	other := open(t, headstart.Config{Backbone: path, Store: store})
	samples := scan(t, photos).Samples
	image, err := os.ReadFile(samples[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for blocks, dim := range map[string]int{backbones.AllBlocks: 27, backbones.LastBlock: 24, "grid": 3} {
		trained := train(t, open(t, headstart.Config{Backbone: path, Store: store, Blocks: blocks}))
		file := filepath.Join(t.TempDir(), "head.onnx")
		if err := trained.Save(file); err != nil {
			t.Fatal(err)
		}
		classifier, err := other.Load(t.Context(), file)
		if err != nil {
			t.Fatalf("%s: %v", blocks, err)
		}
		if classifier.Backbone().Dim != dim {
			t.Errorf("%s: %d values, not %d", blocks, classifier.Backbone().Dim, dim)
		}
		want, err := trained.Classify(t.Context(), image)
		if err != nil {
			t.Fatal(err)
		}
		var got headstart.Prediction
		for p, err := range classifier.ClassifyAll(t.Context(), slices.Values(samples[:1])) {
			if err != nil || p.Err != nil {
				t.Fatal(err, p.Err)
			}
			got = p
		}
		if !slices.Equal(got.Probabilities, want.Probabilities) {
			t.Errorf("%s: %v, not %v", blocks, got.Probabilities, want.Probabilities)
		}
	}
}

// TestExportHoldsOnlyTheHeadsBlocks exports a head of an early block: the layers
// behind that are not in the model, which gives the probabilities that score gives.
func TestExportHoldsOnlyTheHeadsBlocks(t *testing.T) {
	needsRuntime(t)
	path := withGrid(t)
	for blocks, projects := range map[string]bool{backbones.AllBlocks: true, backbones.LastBlock: true, "grid": false} {
		engine := open(t, headstart.Config{Backbone: path, NoStore: true, Blocks: blocks})
		classifier, _, err := engine.Train(t.Context(), scan(t, photos), headstart.TrainOptions{Head: head.LDA})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "model.onnx")
		report, err := classifier.Export(t.Context(), file, headstart.ExportOptions{Check: scan(t, photos).Samples})
		if err != nil {
			t.Fatalf("%s: %v", blocks, err)
		}
		if report.Verified == 0 || math.IsNaN(report.Difference) || report.Difference > 1e-4 {
			t.Errorf("%s: %d images differ by %v", blocks, report.Verified, report.Difference)
		}
		m, err := onnxgraph.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		pools := slices.ContainsFunc(m.Nodes(), func(n onnxgraph.Node) bool { return n.Operator == "GlobalAveragePool" })
		if m.MadeBy("projection") != "" != projects || pools != (blocks != backbones.LastBlock) {
			t.Errorf("%s: the projection is made by %q, pools %v", blocks, m.MadeBy("projection"), pools)
		}
	}
}

// TestRowsOfAllBlocksServeEachHead extracts all blocks, and then the last alone: an
// image is not computed twice.
func TestRowsOfAllBlocksServeEachHead(t *testing.T) {
	needsRuntime(t)
	path, store := withGrid(t), t.TempDir()
	data := scan(t, photos).Samples
	all, err := open(t, headstart.Config{Backbone: path, Store: store, Blocks: backbones.AllBlocks}).Extract(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if all.Cached != 0 {
		t.Fatal(all.Cached)
	}
	last, err := open(t, headstart.Config{Backbone: path, Store: store}).Extract(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if last.Cached != len(data) || last.Backbone().Dim != 24 {
		t.Errorf("%d of %d were there, %d values", last.Cached, len(data), last.Backbone().Dim)
	}
	wide, err := all.Matrix(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer wide.Close()
	narrow, err := last.Matrix(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer narrow.Close()
	for i := range data {
		if !slices.Equal(narrow.Row(i), wide.Row(i)[3:]) {
			t.Errorf("%s: %v, not %v", data[i].Path, narrow.Row(i), wide.Row(i)[3:])
		}
	}
	specs := map[string]bool{extractor.SpecOf(all.Backbone()).Hash(): true, extractor.SpecOf(last.Backbone()).Hash(): true}
	if len(specs) != 2 {
		t.Error("both have one Spec")
	}
}
