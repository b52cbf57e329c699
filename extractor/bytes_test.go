package extractor

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
	"github.com/digitalinnovationone/headstart/internal/ort/orttest"
)

// TestABackboneThatTakesBytes extracts with a network whose input is uint8,
// channels last, and whose embedding is the mean colour.
func TestABackboneThatTakesBytes(t *testing.T) {
	orttest.Library(t)
	m := onnxgraph.New("mean colour")
	any, side := onnxgraph.Dim{Size: -1, Name: "N"}, onnxgraph.Dim{Size: 32}
	m.AddInput(onnxgraph.Value{Name: "picture", Type: onnxgraph.Uint8, Shape: []onnxgraph.Dim{any, side, side, {Size: 3}}})
	m.AddNode("Cast", []string{"picture"}, []string{"levels"}, onnxgraph.Int("to", int64(onnxgraph.Float32)))
	m.AddNode("ReduceMean", []string{"levels"}, []string{"colour"}, onnxgraph.Int("keepdims", 0),
		onnxgraph.Ints("axes", 1, 2))
	m.AddOutput(onnxgraph.FloatRows("colour", 3))
	m.SetMetadata(backbone.PreprocessingKey, `{"resize":36,"crop":32,"filter":"bilinear","mean":[0,0,0],"std":[1,1,1],"layout":"NHWC","type":"uint8"}`)
	content, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "colour.onnx")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	network, err := backbone.Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Config{Backbone: network, Store: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, r := range extract(t, x, scan(t, photos(t, 5))) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		var d imageio.Decoder
		bytes := make([]uint8, network.Preprocessing.Len())
		data, err := r.Sample.Read(nil, DefaultMaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.TensorOfBytes(t.Context(), bytes, data, network.Preprocessing); err != nil {
			t.Fatal(err)
		}
		var mean [3]float64
		for i, level := range bytes {
			mean[i%3] += float64(level) / (32 * 32)
		}
		for channel, want := range mean {
			if math.Abs(float64(r.Embedding[channel])-want) > 1e-3 {
				t.Errorf("%s: channel %d has the mean %v, not %v", r.Sample.Path, channel, r.Embedding[channel], want)
			}
		}
	}
}
