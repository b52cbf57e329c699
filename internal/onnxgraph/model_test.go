package onnxgraph

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph/internal/onnxpb"
)

// example is a model as this package builds it.
func example() *Model {
	m := New("example")
	m.AddInput(FloatRows("in", 3))
	m.AddOutput(FloatRows("out", 2))
	m.AddFloats("weight", []float32{1, 2, 3, 4, 5, 6}, 2, 3)
	m.AddFloats("bias", []float32{0.5, -0.5}, 2)
	m.AddNode("Gemm", []string{"in", "weight", "bias"}, []string{"out"}, Int("transB", 1))
	m.SetMetadata("b", "2")
	m.SetMetadata("a", "1")
	return m
}

func exampleBytes(t testing.TB) []byte {
	t.Helper()
	data, err := example().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestLoadReadsWhatMarshalWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, exampleBytes(t), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(m.pb, example().pb) {
		t.Errorf("read %v", m.pb)
	}
	again, err := m.Marshal()
	if err != nil || !bytes.Equal(again, exampleBytes(t)) {
		t.Errorf("other bytes the second time (%v)", err)
	}
}

func TestParseOfATruncatedFile(t *testing.T) {
	data := exampleBytes(t)
	metadata := bytes.Index(data, []byte("\x72\x06\x0a\x01a")) // all is there but entries a and b
	for n := range metadata {
		if _, err := Parse(data[:n]); !errors.Is(err, ErrCutShort) {
			t.Fatalf("cut at byte %d of %d: %v", n, len(data), err)
		}
	}
}

func TestParseOfOtherFiles(t *testing.T) {
	for name, data := range map[string]string{
		"text":      "hello, world\n",
		"JPEG":      "\xff\xd8\xff\xe0\x00\x10JFIF",
		"PNG":       "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
		"zip":       "PK\x03\x04\x14\x00\x00\x00",
		"bitmap":    "BM" + strings.Repeat("\x00", 100),
		"ELF":       "\x7fELF\x02\x01\x01\x00",
		"zeros":     "\x00\x00\x00\x00",
		"JSON":      `{"classes": ["cats", "dogs"]}`,
		"HTML":      "<!DOCTYPE html><html></html>",
		"bad graph": "\x08\x07\x3a\x02\xff\xff",
	} {
		if _, err := Parse([]byte(data)); !errors.Is(err, ErrNotONNX) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseOfAPointer(t *testing.T) {
	_, err := Parse([]byte("version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 5\n"))
	if !errors.Is(err, ErrPointer) {
		t.Error(err)
	}
}

func TestLoadErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "photo.onnx")
	if err := os.WriteFile(path, []byte("\xff\xd8"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, filepath.Join(dir, "missing.onnx"), dir} {
		_, err := Load(path)
		var named *fs.PathError
		if !errors.As(err, &named) || named.Path != path {
			t.Errorf("%v", err)
		}
	}
}

func TestLoadRefusesTooLargeAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.onnx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(3 << 30); err != nil { // sparse: takes no room
		t.Skip(err)
	}
	if _, err := Load(path); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// TestParseBoundsWhatItTakes gives graphs whose empty or nested operators would
// take hundreds of times the memory of their files.
func TestParseBoundsWhatItTakes(t *testing.T) {
	field := func(number protowire.Number, content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), content)
	}
	many := bytes.Repeat(field(1, nil), 1<<20)
	var deep []byte
	for range 40 { // graphs, which are attributes' 6th field and their operators' 5th
		deep = field(1, field(5, field(6, deep)))
	}
	for _, graph := range [][]byte{many, deep} {
		if _, err := Parse(append(exampleBytes(t), field(7, graph)...)); !errors.Is(err, ErrTooComplex) {
			t.Errorf("%d bytes: %v", len(graph), err)
		}
	}
}

func TestCheckWholeSeesWhatParseSees(t *testing.T) {
	data := exampleBytes(t)
	path := filepath.Join(t.TempDir(), "model.onnx")
	for n := range data {
		if err := os.WriteFile(path, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Parse(data[:n])
		if whole := CheckWhole(path); whole != nil && !errors.Is(whole, err) {
			t.Fatalf("cut at byte %d: %v, not %v", n, whole, err)
		}
	}
}

func TestSetMetadataReplacesAndSorts(t *testing.T) {
	m := example()
	m.SetMetadata("b", "3")
	var keys []string
	for _, entry := range m.pb.MetadataProps {
		keys = append(keys, entry.GetKey())
	}
	if !slices.Equal(keys, []string{"a", "b"}) {
		t.Errorf("keys %v", keys)
	}
	if value, ok := m.Metadata("b"); value != "3" || !ok {
		t.Errorf("b is %q, %v", value, ok)
	}
	if _, ok := m.Metadata("c"); ok {
		t.Error("an entry c that nobody set")
	}
}

func TestInputsAreThoseWithoutInitializer(t *testing.T) {
	m := example()
	m.AddInput(Value{Name: "weight", Type: Float32, Shape: []Dim{{Size: 2}, {Size: 3}}})
	m.AddInput(Value{Name: "any", Type: Uint8})
	m.AddInput(Value{Name: "scalar", Type: ElementType(onnxpb.TensorProto_INT64), Shape: []Dim{}})
	want := []Value{
		{"in", Float32, []Dim{{-1, "N"}, {3, ""}}},
		{"any", Uint8, nil},
		{"scalar", ElementType(onnxpb.TensorProto_INT64), []Dim{}},
	}
	if got := m.Inputs(); !reflect.DeepEqual(got, want) {
		t.Errorf("inputs %v, want %v", got, want)
	}
	if got := m.Outputs(); len(got) != 1 || got[0].Name != "out" {
		t.Errorf("outputs %v", got)
	}
}

func TestFloats(t *testing.T) {
	m := example()
	values, shape, err := m.Floats("weight")
	if err != nil || !slices.Equal(values, []float32{1, 2, 3, 4, 5, 6}) || !slices.Equal(shape, []int64{2, 3}) {
		t.Errorf("%v %v %v", values, shape, err)
	}
	typed := m.pb.Graph.Initializer[1]
	typed.RawData, typed.FloatData = nil, []float32{7, 8}
	if values, _, err := m.Floats("bias"); err != nil || !slices.Equal(values, []float32{7, 8}) {
		t.Errorf("%v %v", values, err)
	}
}

func TestFloatsRefuses(t *testing.T) {
	for want, change := range map[string]func(*onnxpb.TensorProto){
		"tensor weight is missing":                        func(w *onnxpb.TensorProto) { w.Name = proto.String("other") },
		"tensor weight is not of type float32":            func(w *onnxpb.TensorProto) { w.DataType = proto.Int32(int32(onnxpb.TensorProto_INT8)) },
		"tensor weight ends within a number":              func(w *onnxpb.TensorProto) { w.RawData = w.RawData[:23] },
		"tensor weight has 5 values for shape [2 3]":      func(w *onnxpb.TensorProto) { w.RawData = w.RawData[:20] },
		"tensor weight has 6 values for shape [-2 -3]":    func(w *onnxpb.TensorProto) { w.Dims = []int64{-2, -3} },
		"tensor weight has 6 values for shape [6 1 0 18]": func(w *onnxpb.TensorProto) { w.Dims = []int64{6, 1, 0, 18} },
		"tensor weight has 6 values for shape [4611686018427387904 4 1]": func(w *onnxpb.TensorProto) {
			w.Dims = []int64{1 << 62, 4, 1}
		},
	} {
		m := example()
		change(m.pb.Graph.Initializer[0])
		if _, _, err := m.Floats("weight"); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	data := exampleBytes(f)
	f.Add(data)
	f.Add(data[:len(data)-9])
	f.Add([]byte("hello"))
	for _, name := range []string{ // small, as weights only slow fuzzing down
		"extractor/backbone/testdata/external.onnx", "extractor/backbone/testdata/hidden.onnx",
		"extractor/backbone/testdata/quantised.onnx", "extractor/backbone/testdata/function.onnx", "extractor/backbone/testdata/training.onnx", "internal/ort/testdata/loop.onnx",
	} {
		network, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(network)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrNotONNX) && !errors.Is(err, ErrCutShort) && !errors.Is(err, ErrPointer) && !errors.Is(err, ErrTooComplex) {
				t.Error(err)
			}
			return
		}
		m.Inputs()
		m.Outputs()
		m.Nodes()
		m.Initializers()
		m.ExternalTensor()
		m.Metadata("a")
		m.Floats("weight")
		if m.Validate() == nil {
			editAll(t, m)
		}
		if _, err := m.Marshal(); err != nil {
			t.Error(err)
		}
	})
}

// editAll makes every edit that a valid model must survive.
func editAll(t *testing.T, m *Model) {
	newest := New("newest")
	newest.pb.OpsetImport[0].Version = proto.Int64(newestOpset)
	for _, second := range []*Model{m, newest} { // which raises m's opset
		merged, err := Merge(m, second, nil)
		if err != nil {
			t.Log(err)
		} else if err := merged.Validate(); err != nil {
			t.Error(err)
		}
	}
	m = m.Copy()
	m.InlineFunctions()
	m.InlineConstants()
	if m.Validate() != nil { // functions and constants that are new in the graph
		return
	}
	m.Nodes()
	m.Infer()
	m.LowerIR()
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
	outputs := m.Outputs()
	if len(outputs) == 0 {
		return
	}
	for _, input := range m.Inputs() {
		m.Probe(input.Name, []int64{1}, m.Bottlenecks(input.Name).Before(outputs[0].Name)...)
		m.TakeFloats(input.Name)
	}
	m.FreeBatch()
	at := outputs[0].Name
	if dequantised, err := m.Dequantise(at); err == nil {
		at = dequantised
	}
	at = m.GiveFloats(m.Flatten(m.AveragePositions(at)))
	if err := m.Cut(at); err != nil {
		t.Error(err)
	}
	if err := m.Rename(at, "embedding"); err != nil && !m.Uses("embedding") {
		t.Error(err)
	}
	m.FixBatch(1)
	if err := m.Validate(); err != nil {
		t.Error(err)
	}
}
