package extractor

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// blocky returns the tiny backbone with its map of 4 × 4 colours as an earlier block.
func blocky(t *testing.T) backbone.Backbone {
	t.Helper()
	m, err := onnxgraph.Load(tiny(t).Path)
	if err != nil {
		t.Fatal(err)
	}
	m.SetMetadata(backbone.BlocksKey, `[{"name":"grid","layer":"grid","dim":3}]`)
	content, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "blocky.onnx")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := backbone.Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func withBlocks(t *testing.T, b backbone.Backbone, names string) backbone.Backbone {
	t.Helper()
	b, err := b.Select(names)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// gone is the backbone in a file that is not there: an image that needs it fails.
func gone(b backbone.Backbone) backbone.Backbone {
	b.Path += ".gone"
	return b
}

func TestBlocksLieSideBySide(t *testing.T) {
	b, samples := blocky(t), scan(t, photos(t, 5))
	last := extract(t, openWith(t, Config{Backbone: b, Store: t.TempDir()}), samples)
	all := extract(t, openWith(t, Config{Backbone: withBlocks(t, b, backbone.AllBlocks), Store: t.TempDir()}), samples)
	grid := extract(t, openWith(t, Config{Backbone: withBlocks(t, b, "grid"), Store: t.TempDir()}), samples)
	for i := range samples {
		if len(grid[i].Embedding) != 3 || len(last[i].Embedding) != 24 {
			t.Fatalf("%d and %d values", len(grid[i].Embedding), len(last[i].Embedding))
		}
		if !slices.Equal(all[i].Embedding, slices.Concat(grid[i].Embedding, last[i].Embedding)) {
			t.Errorf("image %d: %v is not %v and %v", i, all[i].Embedding, grid[i].Embedding, last[i].Embedding)
		}
	}
}

// TestBlocksAreTakenFromWiderRows extracts all blocks, and then some of them by
// backbones that cannot be loaded.
func TestBlocksAreTakenFromWiderRows(t *testing.T) {
	b, folder, samples := blocky(t), t.TempDir(), scan(t, photos(t, 5))
	all := extract(t, openWith(t, Config{Backbone: withBlocks(t, b, backbone.AllBlocks), Store: folder}), samples)
	for names, columns := range map[string][2]int{"grid": {0, 3}, backbone.LastBlock: {3, 27}} {
		for run := range 2 {
			results := extract(t, openWith(t, Config{Backbone: gone(withBlocks(t, b, names)), Store: folder}), samples)
			for i, r := range results {
				if !r.Cached || r.Copied != (run == 0) || r.Err != nil {
					t.Errorf("%s, run %d, image %d: cached %v, copied %v, %v", names, run, i, r.Cached, r.Copied, r.Err)
				}
				if want := all[i].Embedding[columns[0]:columns[1]]; !slices.Equal(r.Embedding, want) {
					t.Errorf("%s, run %d, image %d: %v, not %v", names, run, i, r.Embedding, want)
				}
			}
		}
	}
}

func TestACopyOfAFileIsTakenFromWiderRows(t *testing.T) {
	b, folder := blocky(t), t.TempDir()
	extract(t, openWith(t, Config{Backbone: withBlocks(t, b, backbone.AllBlocks), Store: folder}), scan(t, photos(t, 2)))
	for _, r := range extract(t, openWith(t, Config{Backbone: gone(b), Store: folder}), scan(t, photos(t, 2))) {
		if !r.Copied || r.Err != nil {
			t.Errorf("copied %v, %v", r.Copied, r.Err)
		}
	}
}

func TestDamagedWiderRowsAreComputed(t *testing.T) {
	b, folder, samples := blocky(t), t.TempDir(), scan(t, photos(t, 3))
	wide := openWith(t, Config{Backbone: withBlocks(t, b, backbone.AllBlocks), Store: folder})
	all := extract(t, wide, samples)
	rows, err := os.ReadFile(wide.Store().VectorsPath())
	if err != nil {
		t.Fatal(err)
	}
	rows[len(rows)-1] ^= 1 // of the last row
	if err := os.WriteFile(wide.Store().VectorsPath(), rows, 0o666); err != nil {
		t.Fatal(err)
	}
	for i, r := range extract(t, openWith(t, Config{Backbone: b, Store: folder}), samples) {
		if r.Copied != (i < 2) || !slices.Equal(r.Embedding, all[i].Embedding[3:]) {
			t.Errorf("image %d: copied %v, %v", i, r.Copied, r.Embedding)
		}
	}
	extract(t, wide, samples) // which repairs its store
}

// TestOtherSpecsAreNotWider keeps apart what differs in more than blocks.
func TestOtherSpecsAreNotWider(t *testing.T) {
	b := blocky(t)
	narrow, wide := SpecOf(b), SpecOf(withBlocks(t, b, backbone.AllBlocks))
	if columns, ok := narrow.columnsIn(wide); !ok || !slices.Equal(columns, [][2]int{{3, 27}}) {
		t.Errorf("%v, %v", columns, ok)
	}
	for name, change := range map[string]func(s *Spec){
		"pixels":        func(s *Spec) { s.Pixels++ },
		"backbone":      func(s *Spec) { s.Backbone = "another" },
		"preprocessing": func(s *Spec) { s.Preprocessing.Crop-- },
		"layer":         func(s *Spec) { s.Blocks = slices.Clone(s.Blocks); s.Blocks[1].Layer = "another" },
		"not wider":     func(s *Spec) { *s = narrow },
	} {
		other := wide
		change(&other)
		if _, ok := narrow.columnsIn(other); ok {
			t.Errorf("%s: taken for a wider row", name)
		}
	}
}
