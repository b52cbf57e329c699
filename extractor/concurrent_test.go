package extractor

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// TestRunsAtOnceShareOneExtractor extracts the same images in two runs at once,
// in opposite orders, and embeds them one by one meanwhile.
func TestRunsAtOnceShareOneExtractor(t *testing.T) {
	samples := scan(t, photos(t, 40))
	images := contents(t, samples)
	want := map[string][]float32{}
	for _, r := range extract(t, without(t, 1), samples) {
		want[r.Sample.Path] = r.Embedding
	}
	x := open(t, t.TempDir(), 3)
	reversed := slices.Clone(samples)
	slices.Reverse(reversed)
	var all sync.WaitGroup
	for _, mine := range [][]dataset.Sample{samples, reversed} {
		all.Go(func() {
			seen := 0
			if err := x.Extract(t.Context(), slices.Values(mine), func(r Result) error {
				if r.Sample.Path != mine[seen].Path || r.Err != nil || !slices.Equal(r.Embedding, want[r.Sample.Path]) {
					t.Errorf("result %d is %s: %v", seen, r.Sample.Path, r.Err)
				}
				seen++
				return nil
			}); err != nil || seen != len(mine) {
				t.Errorf("%d results, %v", seen, err)
			}
		})
	}
	for g := range 4 {
		all.Go(func() {
			for i := g; i < len(images); i += 2 {
				if embedding, err := x.Embed(t.Context(), images[i]); err != nil || !slices.Equal(embedding, want[samples[i].Path]) {
					t.Errorf("%s: another embedding from memory, %v", samples[i].Path, err)
				}
			}
		})
	}
	all.Go(func() { // which changes nothing for the others
		for range 20 {
			x.Unload()
			time.Sleep(time.Millisecond)
		}
	})
	all.Wait()
	if info, err := x.Store().Info(); err != nil || info.Images != int64(len(samples)) {
		t.Errorf("the store has %d images, %v", info.Images, err)
	}
	for _, r := range extract(t, x, samples) {
		if !r.Cached {
			t.Errorf("%s is computed again", r.Sample.Path)
		}
	}
	x.Unload()
	if x.loaded != nil {
		t.Error("the backbone is loaded while nothing needs it")
	}
	if embedding, err := x.Embed(t.Context(), images[0]); err != nil || !slices.Equal(embedding, want[samples[0].Path]) {
		t.Errorf("another embedding once it is loaded again, %v", err)
	}
}

// TestAnErrorOfOneRunIsNotTheOthers ends one of two runs.
func TestAnErrorOfOneRunIsNotTheOthers(t *testing.T) {
	samples := scan(t, photos(t, 60))
	x := open(t, t.TempDir(), 2)
	enough := errors.New("enough")
	var all sync.WaitGroup
	all.Go(func() {
		if err := x.Extract(t.Context(), slices.Values(samples), func(Result) error { return enough }); !errors.Is(err, enough) {
			t.Errorf("the run that ends itself: %v", err)
		}
	})
	all.Go(func() {
		seen := 0
		if err := x.Extract(t.Context(), slices.Values(samples), func(r Result) error { seen++; return r.Err }); err != nil || seen != len(samples) {
			t.Errorf("the other run: %d results, %v", seen, err)
		}
	})
	all.Wait()
}

// TestWaitingForAWorkerEndsWithTheContext has the only worker busy for years.
func TestWaitingForAWorkerEndsWithTheContext(t *testing.T) {
	orttest.Library(t)
	b, err := backbone.Resolve(filepath.Join("testdata", "endless.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Config{Backbone: b, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	samples := scan(t, photos(t, 3))
	image := contents(t, samples)[0]
	busy, free := context.WithCancel(t.Context())
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := x.Embed(busy, image); !errors.Is(err, context.Canceled) {
			t.Errorf("the first: %v", err)
		}
	})
	for len(x.idle) > 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := x.Embed(ctx, image); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Embed: %v", err)
	}
	if err := x.Extract(ctx, slices.Values(samples), func(Result) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Extract: %v", err)
	}
	free()
	first.Wait()
}

func TestEmbedEndsWithItsContext(t *testing.T) {
	x := without(t, 1)
	image := contents(t, scan(t, photos(t, 1)))[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Embed(ctx, image); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := x.Embed(t.Context(), image[:len(image)/2]); err == nil {
		t.Error("half an image has an embedding")
	}
	if _, err := x.Embed(t.Context(), image); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
