package backbone

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// sized returns a backbone for images of 32 pixels, whose nodes make "out" of "x".
func sized(t *testing.T, dim int64, add func(m *onnxgraph.Model)) Backbone {
	t.Helper()
	m := onnxgraph.New("sized")
	m.AddInput(onnxgraph.Value{Name: "x", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1, Name: "N"}, {Size: 3}, {Size: 32}, {Size: 32}}})
	add(m)
	m.AddOutput(onnxgraph.FloatRows("out", dim))
	m.SetMetadata(PreprocessingKey, `{"resize":36,"crop":32,"filter":"bilinear","mean":[0,0,0],"std":[1,1,1],"layout":"NCHW","type":"float32"}`)
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sized.onnx")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tried loads a backbone as an extractor does.
func tried(t *testing.T, b Backbone) error {
	t.Helper()
	orttest.Library(t)
	session, err := b.Open(t.Context(), ort.Options{})
	if err != nil {
		return err
	}
	return session.Close()
}

func TestAPooledNetworkTakesOtherSizes(t *testing.T) {
	b := sized(t, 3, func(m *onnxgraph.Model) {
		m.AddNode("GlobalAveragePool", []string{"x"}, []string{"pooled"})
		m.AddNode("Flatten", []string{"pooled"}, []string{"out"})
	})
	for _, size := range []int{32, 40, 48, 64} {
		larger, err := b.WithSize(size)
		if err != nil {
			t.Fatal(err)
		}
		if p := larger.Preprocessing; p.Crop != size || p.Resize != 36*size/32 || larger.Input.Shape[3] != int64(size) || b.Input.Shape[3] != 32 {
			t.Errorf("%d pixels: %+v, input %v, and %v before", size, p, larger.Input.Shape, b.Input.Shape)
		}
		if err := tried(t, larger); err != nil {
			t.Errorf("%d pixels: %v", size, err)
		}
	}
}

func TestANetworkForOneSizeRefusesOthers(t *testing.T) {
	networks := map[string]func(m *onnxgraph.Model){
		"leaves out": func(m *onnxgraph.Model) { // of 48 pixels, all beyond 32
			m.AddNode("AveragePool", []string{"x"}, []string{"pooled"}, onnxgraph.Ints("kernel_shape", 32, 32), onnxgraph.Ints("strides", 32, 32))
			m.AddNode("Flatten", []string{"pooled"}, []string{"out"})
		},
		"does not take 48": func(m *onnxgraph.Model) { // its positions are counted
			m.AddInt64s("shape", []int64{-1, 3, 32 * 32}, 3)
			m.AddNode("Reshape", []string{"x", "shape"}, []string{"rows"})
			m.AddNode("ReduceMean", []string{"rows"}, []string{"out"}, onnxgraph.Ints("axes", 2), onnxgraph.Int("keepdims", 0))
		},
		"made for images of 32": func(m *onnxgraph.Model) { // a place has its own weight
			m.AddFloats("places", make([]float32, 32*32), 1, 1, 32, 32)
			m.AddNode("Add", []string{"x", "places"}, []string{"placed"})
			m.AddNode("GlobalAveragePool", []string{"placed"}, []string{"pooled"})
			m.AddNode("Flatten", []string{"pooled"}, []string{"out"})
		},
	}
	for reason, add := range networks {
		b := sized(t, 3, add)
		if err := tried(t, b); err != nil {
			t.Errorf("%s: refused at its own size: %v", reason, err)
		}
		larger, err := b.WithSize(48)
		if err != nil {
			t.Fatal(err)
		}
		if err := tried(t, larger); !errors.As(err, new(*SizeError)) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: error %v", reason, err)
		}
	}
}

func TestSizesAreBounded(t *testing.T) {
	for _, size := range []int{-1, MinSize - 1, MaxSize + 1} {
		if _, err := (Backbone{Preprocessing: torchvision}).WithSize(size); !errors.As(err, new(*SizeError)) {
			t.Errorf("%d pixels: error %v", size, err)
		}
	}
}
