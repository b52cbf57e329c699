package headstart_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
)

func noNear() headstart.DuplicateOptions { return headstart.DuplicateOptions{NoNear: true} }

// Photos of two colours: a curve, its JSON, and the same from a store and without one.
func TestLearningCurve(t *testing.T) {
	needsRuntime(t)
	curve, err := open(t, headstart.Config{Store: t.TempDir()}).LearningCurve(t.Context(), scan(t, photos), noNear(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if curve.Tested != 6 || curve.Images != 18 || len(curve.Points) != 3 || curve.Points[2].Accuracy != 1 || curve.Points[2].PerClass != 9 {
		t.Errorf("%+v", curve)
	}
	if curve.Fit != nil || curve.LogLossFit != nil {
		t.Errorf("three points tell %+v", curve.Fit)
	}
	if _, err := json.Marshal(curve); err != nil {
		t.Error(err)
	}
	again, err := open(t, headstart.Config{NoStore: true, Workers: 3}).LearningCurve(t.Context(), scan(t, photos), noNear(), 1)
	if err != nil || !reflect.DeepEqual(again, curve) {
		t.Errorf("without a store: %+v, %v", again, err)
	}
	if _, err := open(t, headstart.Config{NoStore: true}).LearningCurve(t.Context(), &dataset.Dataset{}, noNear(), 1); !errors.Is(err, dataset.ErrEmpty) {
		t.Error(err)
	}
}

// The test split of the data is what is measured on, and its duplicates are not learnt
// from.
func TestLearningCurveTakesTheTestSplit(t *testing.T) {
	needsRuntime(t)
	data := scan(t, photos)
	for i := range data.Samples {
		data.Samples[i].Split = dataset.Train
		if i%3 == 0 {
			data.Samples[i].Split = dataset.Test
		}
	}
	twin := data.Samples[0] // of an image that is held out
	twin.Split = dataset.Train
	data.Samples = append(data.Samples, twin)
	curve, err := open(t, headstart.Config{NoStore: true}).LearningCurve(t.Context(), data, noNear(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if curve.Tested != 8 || curve.Images != 16 {
		t.Errorf("%d held out, %d to draw from", curve.Tested, curve.Images)
	}
}

// What transfer is worth: all four ways, on the same images, and nothing is kept.
func TestPixels(t *testing.T) {
	needsRuntime(t)
	store := t.TempDir()
	var events []string
	engine := open(t, headstart.Config{Store: store, OnEvent: func(e headstart.Event) {
		if kind := fmt.Sprintf("%T", e); strings.Contains(kind, "Baseline") || strings.Contains(kind, "Curves") {
			events = append(events, strings.TrimPrefix(kind, "headstart."))
		}
	}})
	if _, err := engine.LearningCurve(t.Context(), scan(t, photos), noNear(), 1); err != nil {
		t.Fatal(err)
	}
	before := filesIn(t, store)
	events = nil
	pixels, err := engine.Pixels(t.Context(), scan(t, photos), noNear(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if after := filesIn(t, store); !reflect.DeepEqual(after, before) {
		t.Errorf("the store had %v and has %v", before, after)
	}
	want := slices.Concat([]string{"BaselineStarted"}, slices.Repeat([]string{"BaselineImageDone"}, 2*24), []string{"BaselineDone"},
		slices.Repeat([]string{"CurvesStarted", "CurvesDone"}, 4))
	if !slices.Equal(events, want) {
		t.Errorf("events %q", events)
	}
	if pixels.Images != 18 || pixels.Tested != 6 || pixels.Unused != 0 || pixels.NoRandomWeight != "" || len(pixels.Baselines) != 4 {
		t.Fatalf("%+v", pixels)
	}
	for i, kind := range []string{headstart.BaselineTransfer, headstart.BaselineRandomWeight, headstart.BaselineLogistic, headstart.BaselineMLP} {
		b := pixels.Baselines[i]
		if b.Kind != kind || b.Head == "" || b.Scores.Images != 6 || len(b.Points) != 3 || b.Scores.Accuracy != b.Points[2].Accuracy {
			t.Errorf("%+v", b)
		}
	}
	if all := pixels.Baselines[2].Scores; all.Accuracy != 1 { // colours are told apart by their pixels
		t.Errorf("pixels: %+v", all)
	}
	again, err := open(t, headstart.Config{NoStore: true, Workers: 3}).Pixels(t.Context(), scan(t, photos), noNear(), 1)
	if err != nil || !reflect.DeepEqual(again, pixels) {
		t.Errorf("three workers and no store: %+v, %v", again, err)
	}
}

func filesIn(t *testing.T, folder string) map[string]int64 {
	t.Helper()
	sizes := map[string]int64{}
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			sizes[strings.TrimPrefix(path, folder)] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sizes
}

func TestEmbeddingMaps(t *testing.T) {
	needsRuntime(t)
	maps, found, err := open(t, headstart.Config{NoStore: true}).EmbeddingMaps(t.Context(), scan(t, photos), noNear(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(maps) != 3 {
		t.Fatalf("%d maps", len(maps))
	}
	for _, m := range maps {
		if m.Images != 24 || len(m.Points) != 24 {
			t.Errorf("%s has %d points of %d", m.Method, len(m.Points), m.Images)
		}
		for _, p := range m.Points {
			if label := found.Samples[p.Row].Label; label != dataset.Classes(found.Samples)[p.Actual] {
				t.Errorf("an image of %s is of class %d", label, p.Actual)
			}
		}
	}
}

// Real photos with the installed backbone: transfer is worth far more than pixels and
// an untrained network, and more than chance.
func TestCurvesOfHymenoptera(t *testing.T) {
	needsRuntime(t)
	path := filepath.Join("..", "shared", "data", "hymenoptera")
	if _, err := os.Stat(path); err != nil {
		t.Skip("../shared/data is not there")
	}
	network := filepath.Join(userFolder(t), "headstart", "backbones", "efficientnet-lite0.onnx")
	if _, err := os.Stat(network); err != nil {
		t.Skip("needs the backbone efficientnet-lite0: run make setup")
	}
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	data := scan(t, path)
	some := data.Samples[:0]
	for i, s := range data.Samples {
		if i%3 == 0 { // each third is enough to tell
			some = append(some, s)
		}
	}
	data.Samples = some
	engine := open(t, headstart.Config{Backbone: network, Store: t.TempDir()})
	pixels, err := engine.Pixels(t.Context(), data, headstart.DuplicateOptions{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]float64{}
	for _, b := range pixels.Baselines {
		last[b.Kind] = b.Scores.Accuracy
	}
	if last[headstart.BaselineTransfer] < 0.9 {
		t.Errorf("transfer reaches %.3f", last[headstart.BaselineTransfer])
	}
	for _, kind := range []string{headstart.BaselineRandomWeight, headstart.BaselineLogistic, headstart.BaselineMLP} {
		if last[kind] > 0.75 || last[kind] < 0.4 {
			t.Errorf("%s reaches %.3f", kind, last[kind])
		}
	}
}

// userFolder returns the user's cache folder as it was before the tests.
func userFolder(t *testing.T) string {
	t.Helper()
	if userCache != "" {
		return userCache
	}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	return filepath.Join(home, ".cache")
}
