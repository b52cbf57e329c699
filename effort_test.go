package headstart_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart"
	backbones "github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// installTwo installs two backbones in a cache folder of the test's own: one that takes
// any size, by the name that auto prefers, and "fixed", which takes its own alone.
func installTwo(t *testing.T) {
	t.Helper()
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	folder := filepath.Join(cache, "headstart", "backbones")
	m := onnxgraph.New("any size")
	m.AddInput(onnxgraph.Value{Name: "x", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1, Name: "N"}, {Size: 3}, {Size: 32}, {Size: 32}}})
	weights := make([]float32, 8*3*16)
	for i := range weights {
		weights[i] = float32(math.Sin(float64(i)))
	}
	m.AddFloats("weights", weights, 8, 3, 4, 4)
	m.AddNode("Conv", []string{"x", "weights"}, []string{"edges"}, onnxgraph.Ints("strides", 4, 4))
	m.AddNode("Relu", []string{"edges"}, []string{"map"})
	m.AddNode("GlobalAveragePool", []string{"map"}, []string{"pool"})
	m.AddNode("Flatten", []string{"pool"}, []string{"out"})
	m.AddOutput(onnxgraph.FloatRows("out", 8))
	m.SetMetadata(backbones.PreprocessingKey, `{"resize":36,"crop":32,"filter":"bilinear","mean":[127,127,127],"std":[128,128,128],"layout":"NCHW","type":"float32"}`)
	anySize, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	fixed, err := os.ReadFile(backbone)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"efficientnet-lite0": anySize, "fixed": fixed, "copy-of-fixed": fixed} {
		if err := os.WriteFile(filepath.Join(folder, name+".onnx"), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBestTriesEachViewSizeAndBackbone and saves a head that needs the chosen input
// alone, whatever the engine that loads it is set to.
func TestBestTriesEachViewSizeAndBackbone(t *testing.T) {
	needsRuntime(t)
	installTwo(t)
	store := t.TempDir()
	var started []headstart.InputStarted
	engine := open(t, headstart.Config{Backbone: backbones.Auto, Store: store, OnEvent: func(e headstart.Event) {
		if e, ok := e.(headstart.InputStarted); ok {
			started = append(started, e)
		}
	}})
	classifier, report, err := engine.Train(t.Context(), scan(t, photos), headstart.TrainOptions{Effort: headstart.EffortBest})
	if err != nil {
		t.Fatal(err)
	}
	first := "efficientnet-lite0, crop, 32 px"
	costs := map[string]float64{}
	for i, in := range report.Inputs {
		costs[in.Name] = in.Cost
		if started[i].Name != in.Name || started[i].N != i+1 || started[i].Of != len(report.Inputs) {
			t.Errorf("%+v for %s", started[i], in.Name)
		}
	}
	// Each once, copies too; no size that a backbone does not take.
	if len(costs) != 9 || len(report.Inputs) != 9 || report.Inputs[0].Name != first {
		t.Errorf("tried %v", report.Inputs)
	}
	for name, want := range map[string]float64{first: 1, "efficientnet-lite0, both, 32 px": 2, "efficientnet-lite0, square, 96 px": 9} {
		if costs[name] != want {
			t.Errorf("%s costs %v, not %v", name, costs[name], want)
		}
	}
	refused := 0
	for _, note := range report.Notes {
		if strings.Contains(note.Text, "not tried") && strings.Contains(note.Text, "96") {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("notes %v", report.Notes)
	}
	if _, tried := costs[report.Training.Input]; !tried {
		t.Errorf("%q was chosen", report.Training.Input)
	}

	file := filepath.Join(t.TempDir(), "head.onnx")
	if err := classifier.Save(file); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(scan(t, photos).Samples[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := classifier.Classify(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	other, err := open(t, headstart.Config{Backbone: backbones.Auto, NoStore: true, View: headstart.ViewSquare, Blocks: "last"}).Load(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := other.Classify(t.Context(), image)
	if err != nil || !slices.Equal(got.Probabilities, want.Probabilities) {
		t.Errorf("%v, not %v (%v)", got.Probabilities, want.Probabilities, err)
	}
}

// TestWhatIsNamedIsNotVaried by the best effort, and quick takes the last block.
func TestWhatIsNamedIsNotVaried(t *testing.T) {
	needsRuntime(t)
	installTwo(t)
	names := func(c headstart.Config, effort string) (names []string) {
		c.NoStore = true
		_, report, err := open(t, c).Train(t.Context(), scan(t, photos), headstart.TrainOptions{Effort: effort})
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range report.Inputs {
			names = append(names, in.Name)
		}
		return names
	}
	for _, one := range []struct {
		config headstart.Config
		effort string
		want   []string
	}{
		{headstart.Config{Backbone: backbones.Auto}, headstart.EffortNormal, nil},
		{headstart.Config{Backbone: backbones.Auto, View: headstart.AutoView}, headstart.EffortQuick, []string{"efficientnet-lite0, crop, 32 px", "efficientnet-lite0, square, 32 px", "efficientnet-lite0, both, 32 px"}},
		{headstart.Config{Backbone: backbones.Auto, Size: headstart.AutoSize, View: headstart.ViewSquare}, "", []string{"efficientnet-lite0, square, 32 px", "efficientnet-lite0, square, 96 px"}},
		{headstart.Config{Backbone: backbones.Auto, Size: 32, View: headstart.ViewSquare}, headstart.EffortBest, []string{"efficientnet-lite0, square, 32 px", "copy-of-fixed, square, 32 px"}},
		{headstart.Config{Backbone: "fixed", Size: 32, View: headstart.ViewBoth}, headstart.EffortBest, nil},
	} {
		if got := names(one.config, one.effort); !slices.Equal(got, one.want) {
			t.Errorf("%+v, %q: %q", one.config, one.effort, got)
		}
	}
}
