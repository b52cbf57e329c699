package onnxgraph

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// external writes a model whose only weight lies elsewhere, as the entries say,
// and returns its path. Beside it lies weights.bin with the floats 1, 2 and 3.
func external(t *testing.T, dims []int64, entries ...string) string {
	t.Helper()
	m := scale("m", "in", "out", 0, 0)
	weight := m.pb.Graph.Initializer[0]
	weight.RawData, weight.Dims = nil, dims
	weight.DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	for i := 0; i < len(entries); i += 2 {
		weight.ExternalData = append(weight.ExternalData, &onnxpb.StringStringEntryProto{Key: proto.String(entries[i]), Value: proto.String(entries[i+1])})
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "model.onnx")
	for path, content := range map[string][]byte{
		path:                                 bytesOf(t, m),
		filepath.Join(folder, "weights.bin"): []byte("\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40"),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestExternalTensorsAreFoundEverywhere hides a tensor with external values in
// every part of a model that can hold one.
func TestExternalTensorsAreFoundEverywhere(t *testing.T) {
	hidden := func() *onnxpb.TensorProto {
		return &onnxpb.TensorProto{
			Name: proto.String("hidden"), DataType: proto.Int32(int32(Float32)), Dims: []int64{3},
			DataLocation: onnxpb.TensorProto_EXTERNAL.Enum(),
			ExternalData: []*onnxpb.StringStringEntryProto{{Key: proto.String("location"), Value: proto.String("weights.bin")}},
		}
	}
	constant := func() *onnxpb.NodeProto {
		return &onnxpb.NodeProto{OpType: proto.String("Constant"), Attribute: []*onnxpb.AttributeProto{{T: hidden()}}}
	}
	branch := func() *onnxpb.GraphProto { return &onnxpb.GraphProto{Node: []*onnxpb.NodeProto{constant()}} }
	attribute := func(a *onnxpb.AttributeProto) func(*onnxpb.ModelProto) {
		return func(m *onnxpb.ModelProto) { m.Graph.Node[0].Attribute = append(m.Graph.Node[0].Attribute, a) }
	}
	for name, hide := range map[string]func(*onnxpb.ModelProto){
		"an initializer":    func(m *onnxpb.ModelProto) { m.Graph.Initializer = append(m.Graph.Initializer, hidden()) },
		"a Constant node":   func(m *onnxpb.ModelProto) { m.Graph.Node = append(m.Graph.Node, constant()) },
		"a list of tensors": attribute(&onnxpb.AttributeProto{Tensors: []*onnxpb.TensorProto{hidden()}}),
		"sparse values":     attribute(&onnxpb.AttributeProto{SparseTensor: &onnxpb.SparseTensorProto{Values: hidden()}}),
		"sparse indices":    attribute(&onnxpb.AttributeProto{SparseTensors: []*onnxpb.SparseTensorProto{{Indices: hidden()}}}),
		"a sparse initializer": func(m *onnxpb.ModelProto) {
			m.Graph.SparseInitializer = []*onnxpb.SparseTensorProto{{Values: hidden()}}
		},
		"a branch":         attribute(&onnxpb.AttributeProto{G: branch()}),
		"a list of graphs": attribute(&onnxpb.AttributeProto{Graphs: []*onnxpb.GraphProto{branch()}}),
		"a branch of a branch": attribute(&onnxpb.AttributeProto{G: &onnxpb.GraphProto{
			Node: []*onnxpb.NodeProto{{Attribute: []*onnxpb.AttributeProto{{G: branch()}}}},
		}}),
		"a function": func(m *onnxpb.ModelProto) {
			m.Functions = []*onnxpb.FunctionProto{{Node: []*onnxpb.NodeProto{constant()}}}
		},
		"a function's default": func(m *onnxpb.ModelProto) {
			m.Functions = []*onnxpb.FunctionProto{{AttributeProto: []*onnxpb.AttributeProto{{T: hidden()}}}}
		},
		"training": func(m *onnxpb.ModelProto) {
			m.TrainingInfo = []*onnxpb.TrainingInfoProto{{Initialization: branch()}, {Algorithm: branch()}}
		},
	} {
		path := external(t, []int64{1}, "location", "weights.bin")
		m, err := LoadWhole(path)
		if err != nil {
			t.Fatal(err)
		}
		if tensor, found := m.ExternalTensor(); found {
			t.Fatalf("%s is external", tensor)
		}
		hide(m.pb)
		if tensor, found := m.ExternalTensor(); tensor != "hidden" || !found {
			t.Errorf("%s: not found", name)
		}
		if err := os.WriteFile(path, bytesOf(t, m), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err = LoadWhole(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, found := m.ExternalTensor(); found {
			t.Errorf("%s: LoadWhole left it in its file", name)
		}
	}
}

func TestLoadWholeTakesWeightsIn(t *testing.T) {
	m := load(t, external(t, []int64{2}, "location", "weights.bin", "offset", "4", "length", "8"))
	if values, _, err := m.Floats("weight"); err != nil || !slices.Equal(values, []float32{2, 3}) {
		t.Errorf("%v, %v", values, err)
	}
	equal(t, run(t, m, "out"), []float32{6, -15})
}

func TestLoadWholeRefuses(t *testing.T) {
	for want, c := range map[string]struct {
		dims    []int64
		entries []string
	}{
		"weights.bin is cut short: it has 12 bytes, not 16": {[]int64{4}, []string{"location", "weights.bin"}},
		"weights.bin is cut short: it has 12 bytes, not 28": {[]int64{2}, []string{"location", "weights.bin", "offset", "20"}},
		"its length is 12 bytes, but its shape [2] needs 8": {[]int64{2}, []string{"location", "weights.bin", "length", "12"}},
		`its offset is "-4"`:              {[]int64{2}, []string{"location", "weights.bin", "offset", "-4"}},
		"no file is named for its values": {[]int64{2}, nil},
		"gone.bin: no such file":          {[]int64{2}, []string{"location", "gone.bin"}},
		"path escapes from parent":        {[]int64{2}, []string{"location", "../weights.bin"}},
		"larger than the 2 GiB":           {[]int64{1 << 40, 1 << 10}, []string{"location", "weights.bin"}},
		".: not a regular file":           {[]int64{2}, []string{"location", "."}},
	} {
		path := external(t, c.dims, c.entries...)
		_, err := LoadWhole(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "tensor weight of "+path) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestLoadWholeTakesNoMoreThanFits gives weights of 3 GB, which lie in a sparse
// file: no memory may be taken for them.
func TestLoadWholeTakesNoMoreThanFits(t *testing.T) {
	path := external(t, []int64{1 << 20, 700}, "location", "weights.bin")
	if err := os.Truncate(filepath.Join(filepath.Dir(path), "weights.bin"), 3<<30); err != nil {
		t.Skip(err)
	}
	if _, err := LoadWhole(path); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
