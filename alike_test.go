package headstart

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// squares are images of one level of grey each, of which folder has no embeddings.
func squares(t *testing.T, folder string, onEvent func(Event), levels ...uint8) *Embeddings {
	t.Helper()
	x, err := extractor.New(extractor.Config{Backbone: backbone.Backbone{Path: "none", Dim: 4}, Store: folder})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	e := &Embeddings{engine: &Engine{config: Config{OnEvent: onEvent}}, x: x}
	for i, level := range levels {
		img := image.NewGray(image.Rect(0, 0, 40, 50))
		for at := range img.Pix {
			img.Pix[at] = level
		}
		img.SetGray(0, 0, color.Gray{uint8(i)})
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "square.png")
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		e.Samples = append(e.Samples, dataset.FromFile(path))
		e.Keys = append(e.Keys, sha256.Sum256(b.Bytes()))
	}
	return e
}

func TestPrintsAreThoseOfTheRowsAskedFor(t *testing.T) {
	var events []string
	e := squares(t, t.TempDir(), func(event Event) {
		events = append(events, strings.TrimPrefix(fmt.Sprintf("%T", event), "headstart."))
	}, 10, 60, 110, 160)
	for _, want := range []string{"ThumbnailsStarted ThumbnailDone ThumbnailDone ThumbnailsDone", ""} {
		events = nil
		prints, err := e.prints(t.Context(), []int{3, 1, 3})
		if err != nil {
			t.Fatal(err)
		}
		const middle = imageio.ThumbnailLen / 2
		if len(prints) != 3 || prints[0][middle] != 160 || prints[1][middle] != 60 || prints[2][middle] != 160 {
			t.Errorf("prints are %v", prints)
		}
		if got := strings.Join(events, " "); got != want {
			t.Errorf("events are %q, want %q", got, want)
		}
	}
}

// A store shows thumbnails beside embeddings, mends and drops them.
func TestThumbnailsInAStore(t *testing.T) {
	folder := t.TempDir()
	e := squares(t, folder, nil, 10, 60, 110)
	if _, err := e.prints(t.Context(), []int{0, 1, 2}); err != nil {
		t.Fatal(err)
	}
	s, err := OpenStore(folder)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context())
	if err != nil || info.Thumbnails != 3 || info.ThumbnailsBytes < 3*imageio.ThumbnailLen || len(info.Embeddings) != 1 || info.Embeddings[0].Images != 0 {
		t.Errorf("info is %+v, %v", info, err)
	}
	vectors, err := filepath.Glob(filepath.Join(folder, "thumbnails", "*", "vectors.npy"))
	if err != nil || len(vectors) != 1 {
		t.Fatal(vectors, err)
	}
	content, err := os.ReadFile(vectors[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 1
	if err := os.WriteFile(vectors[0], content, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		repair bool
		left   int
	}{{false, 1}, {true, 0}, {false, 0}} {
		health, err := s.Verify(t.Context(), step.repair, nil)
		if err != nil || health.Left != step.left || health.Repaired != step.repair || len(health.Embeddings) != 2 || health.Embeddings[1].Backbone != "thumbnails" {
			t.Errorf("repair %v: %+v, %v", step.repair, health, err)
		}
	}
	if info, err = s.Info(t.Context()); err != nil || info.Thumbnails != 2 {
		t.Errorf("after the repair: %+v, %v", info, err)
	}
	if dropped, err := s.Drop("thumbnails"); err != nil || dropped.Backbone != "thumbnails" || dropped.Bytes == 0 {
		t.Errorf("dropped %+v, %v", dropped, err)
	}
	if info, err = s.Info(t.Context()); err != nil || info.Thumbnails != 0 {
		t.Errorf("after the drop: %+v, %v", info, err)
	}
}
