package head

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/internal/onnxgraph"
)

func small(t testing.TB) *Head {
	x, labels, classes := draw(30, 6, 3, 1)
	h, _ := mustFit(t, x, labels, classes, Options{C: 1})
	h.Meta.Headstart = "1.2.3"
	return withSpec(h)
}

// withSpec gives a head what Write needs to know.
func withSpec(h *Head) *Head {
	h.Meta.Backbone = Backbone{Name: "resnet50", SHA256: strings.Repeat("ab", 32)}
	h.Meta.Spec = json.RawMessage(`{"resize":256}`)
	h.Meta.SpecHash = "cdef"
	return h
}

func TestWriteAndRead(t *testing.T) {
	for i, kind := range Kinds() {
		x, labels, names := draw(60, 6, 2+i, 1)
		h, _ := mustFit(t, x, labels, names, Options{Head: kind})
		withSpec(h)
		path := filepath.Join(t.TempDir(), "pets.onnx")
		if err := h.Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		h.Meta.Format, h.Meta.Digest = got.Meta.Format, got.Meta.Digest
		if !reflect.DeepEqual(got, h) {
			t.Errorf("read %+v, wrote %+v", got, h)
		}
		if !reflect.DeepEqual(got.Predict(x), h.Predict(x)) {
			t.Error("the head read gives other probabilities")
		}
	}
}

func TestWriteNeedsASpec(t *testing.T) {
	for what, forget := range map[string]func(*Meta){
		"backbone": func(m *Meta) { m.Backbone = Backbone{} },
		"Spec":     func(m *Meta) { m.Spec = nil },
		"hash":     func(m *Meta) { m.SpecHash = "" },
	} {
		h := small(t)
		forget(&h.Meta)
		path := filepath.Join(t.TempDir(), "pets.onnx")
		if err := h.Write(path); !errors.Is(err, ErrNoSpec) || !strings.Contains(err.Error(), path) {
			t.Errorf("no %s: %v", what, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no %s: a file was written, %v", what, err)
		}
	}
}

func TestHeadFileIsAModel(t *testing.T) {
	h := small(t)
	m, err := onnxgraph.Parse(headBytes(t, h))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Inputs(); !reflect.DeepEqual(got, []onnxgraph.Value{onnxgraph.FloatRows("embedding", 6)}) {
		t.Errorf("inputs %v", got)
	}
	unknownOutput := onnxgraph.Value{Name: "unknown", Type: onnxgraph.Float32, Shape: []onnxgraph.Dim{{Size: -1, Name: "N"}}}
	if got := m.Outputs(); !reflect.DeepEqual(got, []onnxgraph.Value{onnxgraph.FloatRows("probabilities", 3), unknownOutput}) {
		t.Errorf("outputs %v", got)
	}
	text, _ := m.Metadata("headstart.head")
	for _, want := range []string{`"format":2`, `"headstart":"1.2.3"`, `"classes":["c0","c1","c2"]`, `"name":"resnet50"`, `"spec":{"resize":256}`, `"images":[10,10,10]`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
}

func TestReadOfATruncatedFile(t *testing.T) {
	data := headBytes(t, small(t))
	for n := range data {
		m, err := onnxgraph.Parse(data[:n])
		if err == nil {
			_, err = fromModel(m)
		}
		if err == nil {
			t.Fatalf("cut at byte %d of %d: no error", n, len(data))
		}
	}
	path := filepath.Join(t.TempDir(), "pets.onnx")
	if err := os.WriteFile(path, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || err.Error() != "cannot read head "+path+": the file is cut short" {
		t.Error(err)
	}
}

func TestReadNoticesAChangedBit(t *testing.T) {
	for _, kind := range []string{Logistic, MLP} {
		x, labels, classes := draw(30, 6, 3, 1)
		h, _ := mustFit(t, x, labels, classes, Options{Head: kind, Hidden: 3})
		data := headBytes(t, h)
		read := func() error {
			m, err := onnxgraph.Parse(data)
			if err == nil {
				_, err = fromModel(m)
			}
			return err
		}
		p := h.unknown.Parameters()
		numbers := []any{h.temperature, p.References, p.Scales}
		for _, layer := range h.layers {
			numbers = append(numbers, layer.weight, layer.bias)
		}
		for i, values := range numbers {
			raw, err := binary.Append(nil, binary.LittleEndian, values)
			if err != nil || bytes.Count(data, raw) != 1 {
				t.Fatalf("%s: array %d is %d times in the file, %v", kind, i, bytes.Count(data, raw), err)
			}
			start := bytes.Index(data, raw)
			for at := start; at < start+len(raw); at++ {
				data[at] ^= 1
				if read() == nil {
					t.Errorf("%s: bit changed in byte %d of array %d", kind, at-start, i)
				}
				data[at] ^= 1
			}
		}
		if err := read(); err != nil {
			t.Error(err)
		}
	}
}

func TestReadOfFormat1(t *testing.T) {
	h, err := Read("testdata/format1.onnx")
	if err != nil {
		t.Fatal(err)
	}
	// The file's weights are the unit matrix, its biases 0 and 1.
	if got := h.Logits([]float32{2, 5}, nil); !slices.Equal(got, []float64{2, 6}) {
		t.Errorf("logits %v", got)
	}
	if h.Meta.Unknown != nil || h.Meta.Calibration != nil {
		t.Errorf("%+v", h.Meta)
	}
}

// TestReadOfAnOldHead compares with the answers of the program that wrote the
// head, and writes it again.
func TestReadOfAnOldHead(t *testing.T) {
	h, err := Read("testdata/oldhead/head.onnx")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Embeddings    [][]float32
		Probabilities [][]float64
		Unknown       []float64
	}
	data, err := os.ReadFile("testdata/oldhead/reference.json")
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil || len(want.Embeddings) != 2 {
		t.Fatalf("%d embeddings, %v", len(want.Embeddings), err)
	}
	if m := h.Meta; m.Unknown.KnownRecall != 0.9 || m.Training.Head != LogisticUnit || m.Calibration.Images != 20 || m.Scores[CrossValidated].Images != 20 {
		t.Errorf("%+v", m)
	}
	path := filepath.Join(t.TempDir(), "again.onnx")
	if err := h.Write(path); err != nil {
		t.Fatal(err)
	}
	again, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []*Head{h, again} {
		for i, row := range want.Embeddings {
			if got := h.Probabilities(row, nil); floats.Distance(got, want.Probabilities[i], math.Inf(1)) > 1e-12 {
				t.Errorf("embedding %d: probabilities %v, want %v", i, got, want.Probabilities[i])
			}
			if got := h.UnknownScore(row); math.Abs(got-want.Unknown[i]) > 1e-6 {
				t.Errorf("embedding %d: unknown score %v, want %v", i, got, want.Unknown[i])
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	h := small(t)
	other := onnxgraph.New("a backbone")
	newer := onnxgraph.New("head")
	newer.SetMetadata("headstart.head", `{"format": 4, "classes": {}}`)
	unknown := onnxgraph.New("head")
	unknown.SetMetadata("headstart.head", `{}`)
	infinite := *h
	infinite.layers = []dense{{h.layers[0].in, h.layers[0].weight, []float32{0, 1, float32(math.Inf(1))}}}
	short := *h
	short.Meta.Classes = names(2)
	one := *h
	one.Meta.Classes = names(1)
	cases := []struct {
		name string
		data []byte
		want string
	}{
		{"another model", modelBytes(t, other), "an ONNX file, but not a head"},
		{"a photo", []byte("\xff\xd8\xff\xe0"), "not an ONNX file, or a damaged one"},
		{"an empty file", nil, "the file is cut short"},
		{"a newer format", modelBytes(t, newer), "made by a newer headstart: its format is 4, this version reads up to 3"},
		{"no format", modelBytes(t, unknown), "metadata headstart.head: bad format 0"},
		{"infinite weights", headBytes(t, &infinite), "weights are not finite"},
		{"too few classes", headBytes(t, &short), "weights of shape [3 6] and [3] do not match 2 classes"},
		{"one class", headBytes(t, &one), "there are fewer than two classes"},
	}
	for _, c := range cases {
		path := filepath.Join(t.TempDir(), "pets.onnx")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		want := "cannot read head " + path + ": " + c.want
		if _, err := Read(path); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", c.name, err, want)
		}
	}
}

func TestErrorsNameTheFileOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "pets.onnx")
	_, readErr := Read(path)
	writeErr := small(t).Write(path)
	for _, err := range []error{readErr, writeErr} {
		if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), path) != 1 {
			t.Error(err)
		}
	}
}

func FuzzRead(f *testing.F) {
	file := headBytes(f, small(f))
	format := bytes.Index(file, []byte(`"format":2`))
	f.Add([]byte{})
	f.Add([]byte{0, 99, 1, 0, 0, 200, 2, 3, 'a', 'b', 'c'})
	f.Add([]byte{byte(format >> 8), byte(format), 10, 10, '"', 'f', 'o', 'r', 'm', 'a', 't', '"', ':', '7'})
	f.Fuzz(func(t *testing.T, edits []byte) {
		m, err := onnxgraph.Parse(edited(file, edits))
		if err != nil {
			return
		}
		h, err := fromModel(m)
		if err != nil {
			return
		}
		if p := h.Probabilities(make([]float32, h.Dim()), nil); len(p) != len(h.Meta.Classes) {
			t.Errorf("%d probabilities of %d classes", len(p), len(h.Meta.Classes))
		}
	})
}

// edited makes the edits that a fuzzer's input lists, of any number: two bytes say
// where, one how many bytes go, one how many of the following come instead. The
// fuzzer minimises a few edits at once, but a file of kilobytes only in a minute.
func edited(data, edits []byte) []byte {
	for len(edits) >= 4 {
		at := (int(edits[0])<<8 | int(edits[1])) % (len(data) + 1)
		after := min(at+int(edits[2]), len(data))
		n := min(int(edits[3]), len(edits)-4)
		data = slices.Concat(data[:at], edits[4:4+n], data[after:])
		edits = edits[4+n:]
	}
	return data
}

func modelBytes(t testing.TB, m *onnxgraph.Model) []byte {
	t.Helper()
	data, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func headBytes(t testing.TB, h *Head) []byte {
	t.Helper()
	data, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMLPOfOlderFiles has heads of before embeddings were scaled to length 1, and a
// head of now, which older programs must refuse: they would not scale.
func TestMLPOfOlderFiles(t *testing.T) {
	x, labels, classes := draw(30, 6, 3, 1)
	for _, unit := range []bool{false, true} {
		h, _ := mustFit(t, x, labels, classes, Options{Head: MLP, Hidden: 3})
		h.unit, h.Meta.Training.Unit = unit, unit
		m, err := onnxgraph.Parse(headBytes(t, h))
		if err != nil {
			t.Fatal(err)
		}
		read, err := fromModel(m)
		if err != nil {
			t.Fatal(err)
		}
		if older := read.Meta.Format < formatOfBlocks; older == unit {
			t.Errorf("scaled to length 1: %v, format %d", unit, read.Meta.Format)
		}
		if got, want := read.Logits(x.Row(0), nil), h.Logits(x.Row(0), nil); !slices.Equal(got, want) {
			t.Errorf("scaled to length 1: %v, logits %v, before the file %v", unit, got, want)
		}
	}
}
