package headstart_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/fusedmodel"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// flat is a backbone whose embedding is its input.
func flat(side int64) fusedmodel.Part {
	m := onnxgraph.New("flat")
	m.AddInput(onnxgraph.Value{Name: "x", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1}, {Size: 3}, {Size: side}, {Size: side}}})
	m.AddNode("Flatten", []string{"x"}, []string{"embedding"})
	m.AddOutput(onnxgraph.FloatRows("embedding", 3*side*side))
	return fusedmodel.Part{Model: m, Input: "x", Output: "embedding"}
}

// identity is a head that gives the embedding.
func identity(values int64) fusedmodel.Part {
	m := onnxgraph.New("identity")
	m.AddInput(onnxgraph.FloatRows("embedding", values))
	m.AddNode("Identity", []string{"embedding"}, []string{"probabilities"})
	m.AddOutput(onnxgraph.FloatRows("probabilities", values))
	return fusedmodel.Part{Model: m, Input: "embedding", Output: "probabilities"}
}

// TestPhotoIsScaledAsImageioDoes has noise of all proportions, larger and smaller
// than the square: a level is the most that a weight of another rounding changes.
func TestPhotoIsScaledAsImageioDoes(t *testing.T) {
	orttest.Library(t)
	const side = 20
	random := rand.New(rand.NewPCG(3, 4))
	for _, filter := range []string{"bilinear", "bicubic"} {
		for _, view := range []string{imageio.CropView, imageio.SquareView, imageio.BothViews} {
			p := imageio.Preprocessing{Resize: 23, Crop: side, View: view, Filter: filter, Mean: [3]float32{9, 8, 7}, Std: [3]float32{2, 3, 4}, Layout: "NCHW", Type: "float32"}
			n := fusedmodel.Normalisation{Side: side, Mean: p.Mean, Std: p.Std, Cubic: filter == "bicubic"}
			for _, v := range p.EachView() {
				n.Views = append(n.Views, fusedmodel.View{Resize: v.Resize, Whole: v.View == imageio.SquareView})
			}
			whole, err := fusedmodel.Join(fusedmodel.Photo, n, flat(side), identity(3*side*side), nil)
			if err != nil {
				t.Fatal(err)
			}
			data, err := whole.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			session, err := ort.Open(ort.Model{Path: "photo.onnx", Data: data, Input: fusedmodel.Image, Bytes: true, Output: fusedmodel.Embedding, OutputShape: []int64{-1, 3 * side * side}}, ort.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			for _, size := range [][2]int{{100, 70}, {33, 222}, {20, 20}, {23, 40}, {7, 9}, {1, 1}, {640, 21}} {
				photo := imageio.Pixels{Levels: make([]uint8, 3*size[0]*size[1]), Width: size[0], Height: size[1]}
				for i := range photo.Levels {
					photo.Levels[i] = uint8(random.IntN(256))
				}
				var d imageio.Decoder
				want := make([]float32, p.Len())
				if err := d.Tensor(t.Context(), want, photo.PNM(), p); err != nil {
					t.Fatal(err)
				}
				got := runPhoto(t, session, photo)
				for i, v := range got {
					expected := float64(want[i])
					if view == imageio.BothViews {
						expected = 0.5 * (expected + float64(want[len(got)+i]))
					}
					if !(math.Abs(float64(v)-expected) < 1e-4) {
						t.Fatalf("%s, view %q, %v: value %d is %v, imageio's is %v", filter, view, size, i, v, expected)
					}
				}
			}
		}
	}
}

func runPhoto(t *testing.T, session *ort.Session, photo imageio.Pixels) []float32 {
	t.Helper()
	runner, err := session.RunnerOf([]int64{1, int64(photo.Height), int64(photo.Width), 3})
	if err != nil {
		t.Fatal(err)
	}
	defer runner.Close()
	copy(runner.Bytes(), photo.Levels)
	if err := runner.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return append([]float32(nil), runner.Output()...)
}
