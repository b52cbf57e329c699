package headstart_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/head"
)

// mapped is a backbone that gives two blocks of different sizes, with random weights.
var mapped = filepath.Join("extractor", "backbone", "testdata", "map_blocks.onnx")

func trainKind(t *testing.T, engine *headstart.Engine, kind string, paths ...string) *headstart.Classifier {
	t.Helper()
	classifier, _, err := engine.Train(t.Context(), scan(t, paths...), headstart.TrainOptions{Head: kind})
	if err != nil {
		t.Fatal(err)
	}
	return classifier
}

// checkMaps compares an explanation that has the maps of all classes with what the
// classifier says.
func checkMaps(t *testing.T, e *headstart.Explanation, want headstart.Prediction, classes []string) {
	t.Helper()
	if e.Class != want.Class || math.Abs(e.Probability-want.Probability) > 1e-5 {
		t.Errorf("%s: explained as %s with %v, classified as %s with %v", want.Path, e.Class, e.Probability, want.Class, want.Probability)
	}
	if len(e.Maps) != len(classes) || e.Maps[0].Class != e.Class {
		t.Fatalf("%d maps, the first of %s", len(e.Maps), e.Maps[0].Class)
	}
	logits, sum := make([]float64, len(classes)), 0.0
	for _, m := range e.Maps {
		if len(m.Values) != e.Width*e.Height {
			t.Fatalf("%d values of %d × %d places", len(m.Values), e.Width, e.Height)
		}
		mean := 0.0
		for _, v := range m.Values {
			mean += float64(v) / float64(len(m.Values))
		}
		if math.Abs(mean-(m.Logit-m.Bias)) > 1e-4 {
			t.Errorf("%s: a map's mean is %v, logit less bias %v", want.Path, mean, m.Logit-m.Bias)
		}
		logits[slices.Index(classes, m.Class)] = m.Logit
		sum += math.Exp(m.Logit)
	}
	for i, logit := range logits {
		if p := math.Exp(logit) / sum; math.Abs(p-want.Probabilities[i]) > 1e-5 {
			t.Errorf("%s: logits give class %s the probability %v, want %v", want.Path, classes[i], p, want.Probabilities[i])
		}
	}
}

// For every kind of head, maps add up to the prediction.
func TestExplanationsAddUp(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Backbone: mapped, NoStore: true})
	for _, kind := range head.Kinds() {
		c := trainKind(t, engine, kind, photos)
		data, err := os.ReadFile(scan(t, photos).Samples[3].Path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.Classify(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		e, err := c.Explain(t.Context(), data, headstart.ExplainOptions{Classes: c.Classes(), Edge: 40})
		if err != nil {
			t.Fatal(err)
		}
		checkMaps(t, e, want, c.Classes())
		if e.Width != 16 || e.Height != 16 || e.Size != image.Pt(80, 60) || e.Photo.Rect != image.Rect(0, 0, 40, 30) {
			t.Errorf("%s: %d × %d places, %v of %v", kind, e.Width, e.Height, e.Photo.Rect, e.Size)
		}
		if f := e.Frame; f.Top != 0 || f.Bottom != 1 || math.Abs(f.Left-0.125) > 0.02 || math.Abs(f.Left+f.Right-1) > 1e-9 {
			t.Errorf("%s: seen %+v", kind, f)
		}
	}
}

// For every view of photos of every shape, maps add up to the prediction too.
func TestExplanationsOfViewsAddUp(t *testing.T) {
	needsRuntime(t)
	for _, view := range headstart.Views() {
		engine := open(t, headstart.Config{Backbone: mapped, NoStore: true, View: view})
		c := trainKind(t, engine, head.LogisticUnit, photos)
		for _, size := range []image.Point{{80, 60}, {50, 90}, {64, 64}, {900, 3}, {3, 900}} {
			picture := image.NewNRGBA(image.Rectangle{Max: size})
			for i := range picture.Pix {
				picture.Pix[i] = uint8(i*i/7 | 64)
			}
			var file bytes.Buffer
			if err := png.Encode(&file, picture); err != nil {
				t.Fatal(err)
			}
			want, err := c.Classify(t.Context(), file.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			want.Path = fmt.Sprintf("%s of %v", view, size)
			e, err := c.Explain(t.Context(), file.Bytes(), headstart.ExplainOptions{Classes: c.Classes()})
			if err != nil {
				t.Fatal(err)
			}
			checkMaps(t, e, want, c.Classes())
			if seesAll := e.Frame == (headstart.Frame{Right: 1, Bottom: 1}); seesAll != (view != headstart.ViewCrop) && size.X != size.Y {
				t.Errorf("%s: seen %+v", want.Path, e.Frame)
			}
		}
	}
}

// With the real backbone, on photos.
func TestExplanationsOfPhotos(t *testing.T) {
	data := filepath.Join("..", "shared", "data", "flowers5")
	lite0 := needsLite0(t)
	if _, err := os.Stat(data); err != nil {
		t.Skipf("needs ../shared/data: %v", err)
	}
	engine := open(t, headstart.Config{Backbone: lite0, Store: t.TempDir()})
	var few []dataset.Sample
	for i, s := range scan(t, data).Samples {
		if i%25 == 0 {
			few = append(few, s)
		}
	}
	for _, kind := range head.Kinds()[1:] {
		c, _, err := engine.Train(t.Context(), &dataset.Dataset{Samples: few}, headstart.TrainOptions{Head: kind})
		if err != nil {
			t.Fatal(err)
		}
		var classified []headstart.Prediction // from the store
		for p, err := range c.ClassifyAll(t.Context(), slices.Values(few[:4])) {
			if err != nil {
				t.Fatal(err)
			}
			classified = append(classified, p)
		}
		for e, err := range c.ExplainAll(t.Context(), slices.Values(few[:4]), headstart.ExplainOptions{Classes: c.Classes()}) {
			if err != nil {
				t.Fatal(err)
			}
			checkMaps(t, e, classified[0], c.Classes())
			classified = classified[1:]
		}
	}
}

// So they do for heads on several blocks of the real backbone.
func TestExplanationsOfBlocks(t *testing.T) {
	lite0 := needsLite0(t)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(filepath.Dir(lite0), "..", "..")) // its name tells its blocks
	engine := open(t, headstart.Config{Backbone: "efficientnet-lite0", Blocks: "all", NoStore: true})
	c := trainKind(t, engine, head.LogisticUnit, photos)
	data, err := os.ReadFile(scan(t, photos).Samples[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.Classify(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.Explain(t.Context(), data, headstart.ExplainOptions{Classes: c.Classes()})
	if err != nil {
		t.Fatal(err)
	}
	if e.Width <= 7 {
		t.Errorf("%d × %d places", e.Width, e.Height)
	}
	checkMaps(t, e, want, c.Classes())
}

// needsLite0 returns the file of the installed backbone.
func needsLite0(t *testing.T) string {
	t.Helper()
	needsRuntime(t)
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip(err)
	}
	lite0 := filepath.Join(cmp.Or(userCache, filepath.Join(home, ".cache")), "headstart", "backbones", "efficientnet-lite0.onnx")
	if _, err := os.Stat(lite0); err != nil {
		t.Skip("needs the backbone efficientnet-lite0: run make setup")
	}
	return lite0
}

// The map of a picture that is red on its left and blue on its right shows which is
// which, wherever the camera recorded that up is.
func TestMapsShowWhere(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Backbone: mapped, NoStore: true})
	c := trainKind(t, engine, head.LDA, photos)
	halves := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		class := c.Classes()[i%64/32]
		halves.Set(i%64, i/64, colours[class])
	}
	var file bytes.Buffer
	if err := png.Encode(&file, halves); err != nil {
		t.Fatal(err)
	}
	e, err := c.Explain(t.Context(), file.Bytes(), headstart.ExplainOptions{Classes: c.Classes()})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range e.Maps {
		left, right := 0.0, 0.0
		for i, v := range m.Values {
			if i%e.Width < e.Width/2 {
				left += float64(v)
			} else {
				right += float64(v)
			}
		}
		if (left > right) != (m.Class == c.Classes()[0]) {
			t.Errorf("%s: %v on the left, %v on the right", m.Class, left, right)
		}
	}
	over := e.Overlay(0)
	warm := func(c color.RGBA) bool { return c.R > c.B }
	if l, r := over.RGBAAt(12, 32), over.RGBAAt(52, 32); warm(l) == warm(r) {
		t.Errorf("the overlay is %v on the left and %v on the right", l, r)
	}
}

func TestExplainAllInOrder(t *testing.T) {
	needsRuntime(t)
	engine := open(t, headstart.Config{Backbone: mapped, NoStore: true, Workers: 3})
	c := trainKind(t, engine, head.LDA, photos)
	folder := t.TempDir()
	samples := scan(t, photos).Samples
	whole, err := os.ReadFile(samples[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"a.txt": []byte("no image"), "half.png": whole[:len(whole)/2], "whole.png": whole} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	odd, err := dataset.ScanUnlabelled(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	samples[1].Label = c.Classes()[1-slices.Index(c.Classes(), samples[1].Label)] // mistaken
	samples[2].Label = "unheard of"
	samples = slices.Concat(samples[:3], odd.Samples, []dataset.Sample{dataset.FromFile("missing.png")})
	var got []string
	for e, err := range c.ExplainAll(t.Context(), slices.Values(samples), headstart.ExplainOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(e)
		if err != nil || !json.Valid(text) {
			t.Fatal(err)
		}
		state := "unreadable"
		if e.Err == nil {
			state = strings.Repeat("map ", len(e.Maps))
		}
		if strings.Contains(string(text), `"error":`) != (e.Err != nil) {
			t.Errorf("JSON %s", text)
		}
		got = append(got, filepath.Base(e.Path)+" "+strings.TrimSpace(state))
	}
	want := []string{"00.png map", "01.png map map", "02.png map", "half.png unreadable", "whole.png map", "missing.png unreadable"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for e, err := range c.ExplainAll(t.Context(), slices.Values(samples), headstart.ExplainOptions{}) {
		if e == nil || err != nil {
			t.Error(err)
		}
		break // which ends what is in work
	}
	stopped := errors.New("stopped")
	ctx, stop := context.WithCancelCause(t.Context())
	stop(stopped)
	for _, err := range c.ExplainAll(ctx, slices.Values(samples), headstart.ExplainOptions{}) {
		if !errors.Is(err, stopped) {
			t.Errorf("error %v", err)
		}
	}
}

func TestExplainRefuses(t *testing.T) {
	needsRuntime(t)
	c := trainKind(t, open(t, headstart.Config{Backbone: mapped, NoStore: true}), head.LDA, photos)
	image, err := os.ReadFile(scan(t, photos).Samples[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Explain(t.Context(), image[:100], headstart.ExplainOptions{}); !errors.As(err, new(*headstart.ImageError)) {
		t.Errorf("half an image: %v", err)
	}
	if _, err := c.Explain(t.Context(), image, headstart.ExplainOptions{Classes: []string{"wasps"}}); !errors.As(err, new(*headstart.UnknownClassError)) {
		t.Errorf("an unknown class: %v", err)
	}
	if _, err := c.Explain(t.Context(), image, headstart.ExplainOptions{Edge: -1}); err == nil {
		t.Error("a negative edge is no error")
	}
	none := train(t, open(t, headstart.Config{NoStore: true}))
	if _, err := none.Explain(t.Context(), image, headstart.ExplainOptions{}); !errors.Is(err, headstart.ErrNoMap) {
		t.Errorf("a backbone without a map: %v", err)
	}
}

func TestExplanationsFolder(t *testing.T) {
	needsRuntime(t)
	c := trainKind(t, open(t, headstart.Config{Backbone: mapped, NoStore: true}), head.LDA, photos)
	samples := scan(t, photos).Samples[:2]
	for i, name := range []string{"../../<script> \u202e'.png", "missing.png"} {
		image, err := os.ReadFile(samples[i].Path)
		if err != nil {
			t.Fatal(err)
		}
		samples[i] = dataset.FromBytes(name, image)
	}
	samples[1] = dataset.FromFile("missing.png")
	folder := filepath.Join(t.TempDir(), "new", "why")
	all := c.ExplainAll(t.Context(), slices.Values(samples), headstart.ExplainOptions{})
	if err := headstart.WriteExplanations(folder, all); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(found) != 2 || !strings.HasPrefix(filepath.Base(found[0]), "0001.1-_script____-") {
		t.Errorf("%q, %v", found, err)
	}
	index, err := os.ReadFile(filepath.Join(folder, headstart.ExplanationsIndex))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(index)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"overlay":"0001.1-`) || !strings.Contains(lines[1], `"error":"no such file or directory"`) {
		t.Errorf("index %s", index)
	}
	if err := headstart.WriteExplanations(folder, all); !errors.As(err, new(*headstart.OutputError)) {
		t.Errorf("again: %v", err)
	}
}
