package extractor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// TestInterruptsReachTheBackbone has a backbone that runs for years.
func TestInterruptsReachTheBackbone(t *testing.T) {
	orttest.Library(t)
	b, err := backbone.Resolve(filepath.Join("testdata", "endless.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Config{Backbone: b, Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(200*time.Millisecond, func() { cancel(interrupted) }) // it holds at any time
	if err := x.Extract(ctx, slices.Values(scan(t, photos(t, 3))), func(Result) error { return nil }); !errors.Is(err, interrupted) {
		t.Errorf("error %v", err)
	}
}

// TestABackboneThatIsReplacedGivesNoRows replaces the file after its digest was
// taken, which is part of the Spec, and before it is loaded.
func TestABackboneThatIsReplacedGivesNoRows(t *testing.T) {
	orttest.Library(t)
	content, err := os.ReadFile(filepath.Join("..", "testdata", "tiny-backbone.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mine.onnx")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := backbone.Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Config{Backbone: b, Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	content[len(content)/2] ^= 1 // of its weights
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	err = x.Extract(t.Context(), slices.Values(scan(t, photos(t, 3))), func(Result) error { return nil })
	if !errors.Is(err, backbone.ErrChanged) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if info, err := x.Store().Info(); err != nil || info.Rows > 0 {
		t.Errorf("%d rows were stored, %v", info.Rows, err)
	}
}
