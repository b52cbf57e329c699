package backbone

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

// transformer returns a network of layers, of 16 tokens of 8 values and, if class, one
// before these, for images of 32 pixels. Its output is the first token, or the mean.
func transformer(layers int, class bool) *onnxgraph.Model {
	const dim = 8
	m := onnxgraph.New("transformer")
	m.AddInput(onnxgraph.Value{Name: "image", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1, Name: "N"}, {Size: 3}, {Size: 32}, {Size: 32}}})
	weights := func(name string, shape ...int64) string {
		values := make([]float32, product(shape))
		for i := range values {
			values[i] = float32((i*29+len(name)*7)%23-11) / 60
		}
		m.AddFloats(name, values, shape...)
		return name
	}
	step := func(op, output string, inputs []string, attributes ...onnxgraph.Attribute) string {
		m.AddNode(op, inputs, []string{output}, attributes...)
		return output
	}
	m.AddInt64s("tokens_shape", []int64{0, dim, 16}, 3)
	x := step("Conv", "patches", []string{"image", weights("patch_weight", dim, 3, 8, 8)}, onnxgraph.Ints("strides", 8, 8))
	x = step("Reshape", "columns", []string{x, "tokens_shape"})
	x = step("Transpose", "tokens", []string{x}, onnxgraph.Ints("perm", 0, 2, 1))
	if class {
		mean := step("ReduceMean", "token", []string{x}, onnxgraph.Ints("axes", 1), onnxgraph.Int("keepdims", 1))
		x = step("Concat", "with_class", []string{mean, x}, onnxgraph.Int("axis", 1))
	}
	for i := range layers {
		name := func(part string) string { return fmt.Sprintf("layer%d/%s", i+1, part) }
		query := step("MatMul", name("query"), []string{x, weights(name("query_weight"), dim, dim)})
		turned := step("Transpose", name("turned"), []string{x}, onnxgraph.Ints("perm", 0, 2, 1))
		scores := step("MatMul", name("scores"), []string{query, turned})
		chances := step("Softmax", name("chances"), []string{scores}, onnxgraph.Int("axis", -1))
		given := step("MatMul", name("given"), []string{chances, x})
		x = step("Add", name("attended"), []string{x, given})
		inner := step("MatMul", name("inner"), []string{x, weights(name("inner_weight"), dim, 2*dim)})
		inner = step("Relu", name("relu"), []string{inner})
		outer := step("MatMul", name("outer"), []string{inner, weights(name("outer_weight"), 2*dim, dim)})
		x = step("Add", name("sum"), []string{x, outer})
	}
	if class {
		m.AddInt64s("first", []int64{0})
		step("Gather", "features", []string{x, "first"}, onnxgraph.Int("axis", 1))
	} else {
		step("ReduceMean", "features", []string{x}, onnxgraph.Ints("axes", 1), onnxgraph.Int("keepdims", 0))
	}
	m.AddOutput(onnxgraph.FloatRows("features", dim))
	small := torchvision
	small.Resize, small.Crop = 36, 32
	m.SetMetadata(PreprocessingKey, preprocessingJSON(small))
	return m
}

func TestLastLayersOfTransformersAreBlocks(t *testing.T) {
	for name, test := range map[string]struct {
		layers int
		class  bool
		want   []string
	}{
		"class token": {6, true, []string{"layer3-class", "layer3-mean", "layer4-class", "layer4-mean", "layer5-class", "layer5-mean", "layer6-mean", "last"}},
		"mean":        {6, false, []string{"layer3-mean", "layer4-mean", "layer5-mean", "last"}},
		"few layers":  {2, true, []string{"layer1-class", "layer1-mean", "layer2-mean", "last"}},
	} {
		t.Run(name, func(t *testing.T) {
			emptyCacheWithLibrary(t)
			path := filepath.Join(t.TempDir(), "transformer.onnx")
			writeModel(t, path, transformer(test.layers, test.class))
			added, err := addBlocks(t, path, "", "")
			if err != nil {
				t.Fatal(err)
			}
			if names := BlockNames(added.Available()); !slices.Equal(names, test.want) {
				t.Fatalf("%v\n%v", names, added.Steps)
			}
			for _, block := range added.Available()[:len(test.want)-1] {
				if want := block.Name[:6] + "/sum"; block.Layer != want || block.Dim != 8 {
					t.Errorf("%s is %s, %d values", block.Name, block.Layer, block.Dim)
				}
			}
		})
	}
}
