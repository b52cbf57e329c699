package onnxgraph

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/ort"
)

// networks are small, each of another kind; scripts/make_test_models.py made them.
var networks = filepath.Join("..", "..", "extractor", "backbone", "testdata")

func load(t *testing.T, path string) *Model {
	t.Helper()
	m, err := LoadWhole(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestEditedModelsComputeTheSame reads models, edits them so that nothing should
// change, writes them and compares what the two files give, to the last bit.
func TestEditedModelsComputeTheSame(t *testing.T) {
	shared := filepath.Join("..", "..", "..", "shared", "models")
	for path, c := range map[string]struct{ side, values int64 }{
		filepath.Join(networks, "plain.onnx"):                 {32, 10},
		filepath.Join(networks, "old.onnx"):                   {32, 10},
		filepath.Join(networks, "excited.onnx"):               {32, 10},
		filepath.Join(networks, "unpooled.onnx"):              {32, 10},
		filepath.Join(networks, "convolved.onnx"):             {32, 10},
		filepath.Join(networks, "headless.onnx"):              {32, 16},
		filepath.Join(networks, "quantised.onnx"):             {32, 10},
		filepath.Join(networks, "external.onnx"):              {32, 10},
		filepath.Join(networks, "function.onnx"):              {32, 10},
		filepath.Join(shared, "resnet50-v2-7-stage3.onnx"):    {224, 1024},
		filepath.Join(shared, "mobilenetv3-small-embed.onnx"): {224, 576},
	} {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if _, err := os.Stat(path); err != nil && strings.HasPrefix(path, shared) {
				t.Skip("../shared/models is not there")
			}
			m := load(t, path)
			input, output := m.Inputs()[0], m.Outputs()[0]
			outputShape := []int64{-1, c.values}
			for range len(output.Shape) - 2 {
				outputShape = append(outputShape, 1)
			}
			image := make([]float32, 3*c.side*c.side)
			for i := range image {
				image[i] = float32(i*i%511)/255 - 1
			}
			of := func(data []byte) []float32 {
				model := ort.Model{Path: path, Data: data, Input: input.Name, InputShape: []int64{-1, 3, c.side, c.side}, Output: output.Name, OutputShape: outputShape}
				return runModel(t, model, image)
			}
			original, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(path) == "external.onnx" { // its file has no weights
				original = bytesOf(t, m)
			}
			m.InlineFunctions()
			m.InlineConstants()
			m.Infer()
			m.LowerIR()
			if err := m.Validate(); err != nil || len(m.pb.Functions) > 0 {
				t.Errorf("%v, %d functions", err, len(m.pb.Functions))
			}
			if err := m.Cut(output.Name); err != nil {
				t.Fatal(err)
			}
			if got, want := of(bytesOf(t, m)), of(original); !slices.Equal(got, want) {
				t.Errorf("%v, not %v", got[:4], want[:4])
			}
		})
	}
}

func TestCutKeepsOnlyWhatIsNeeded(t *testing.T) {
	m := load(t, filepath.Join(networks, "old.onnx"))
	m.InlineConstants()
	if err := m.Cut("flatten_6", "relu_2"); err != nil {
		t.Fatal(err)
	}
	var operators, weights []string
	for _, node := range m.pb.Graph.Node {
		operators = append(operators, node.GetOpType())
	}
	for _, tensor := range m.pb.Graph.Initializer {
		weights = append(weights, tensor.GetName())
	}
	if got := strings.Join(operators, " "); got != "Conv BatchNormalization Relu Conv Relu GlobalAveragePool Flatten" {
		t.Errorf("operators %s", got)
	}
	if got := strings.Join(weights, " "); got != "weight_0 weight_1 weight_2 weight_3 weight_4 weight_5" {
		t.Errorf("weights %s", got)
	}
	if in, out := m.Inputs(), m.Outputs(); len(in) != 1 || len(out) != 2 || out[0].Name != "flatten_6" || out[1].Name != "relu_2" {
		t.Errorf("inputs %v, outputs %v", in, out)
	}
	if err := m.Cut("gone"); err == nil || err.Error() != `the graph has no value named "gone"` {
		t.Error(err)
	}
}

func TestBottlenecks(t *testing.T) {
	m := load(t, filepath.Join(networks, "excited.onnx"))
	got := strings.Join(m.Bottlenecks("image").Before("gemm_12"), " ")
	// conv_6 and sigmoid_7 lie beside the way from relu_4 to mul_8.
	if want := "conv_0 batchnormalization_1 relu_2 conv_3 relu_4 mul_8 reducemean_9 gemm_10 relu_11 gemm_12"; got != want {
		t.Errorf("bottlenecks %s, want %s", got, want)
	}
}

func TestRenameRefuses(t *testing.T) {
	m := scale("m", "in", "out", 1, 1)
	for want, names := range map[string][2]string{
		`the graph has no value named "gone"`:          {"gone", "new"},
		`the graph already has a value named "weight"`: {"out", "weight"},
	} {
		if err := m.Rename(names[0], names[1]); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
