package head

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// twoBlocks draws rows of an earlier block, which tells the classes apart, and of a
// last one, which hardly does. Where useless, the earlier block is noise.
func twoBlocks(n int, useless bool) (x matrix.Dense, labels []int, blocks []Block) {
	rng := rand.New(rand.NewPCG(3, 4))
	const earlier, last = 40, 60
	x = matrix.New(n, earlier+last)
	for i := range n {
		labels = append(labels, i%3)
		for j := range x.Row(i) {
			v := 0.5 * rng.NormFloat64()
			switch {
			case j < earlier && !useless && j%3 == labels[i]:
				v += 1
			case j >= earlier && j%3 == labels[i]:
				v += 0.15
			}
			if j < earlier {
				v *= 20
			}
			x.Row(i)[j] = float32(v)
		}
	}
	return x, labels, []Block{{"stage3", earlier}, {"last", last}}
}

// TestEarlierBlocksAreUsedWhereTheyHelp, and are not in the head where they do not.
func TestEarlierBlocksAreUsedWhereTheyHelp(t *testing.T) {
	for _, useless := range []bool{false, true} {
		x, labels, blocks := twoBlocks(90, useless)
		h, report := mustFit(t, x, labels, names(3), Options{Blocks: blocks})
		want := len(blocks)
		if useless {
			want = 1
		}
		if len(report.Blocks) != want || report.Blocks[want-1].Name != "last" {
			t.Errorf("useless %v: uses %+v of %+v", useless, report.Blocks, report.Candidates)
		}
		dim := 0
		for _, b := range report.Blocks {
			dim += b.Dim
		}
		if h.Dim() != dim {
			t.Errorf("takes %d values, uses blocks of %d", h.Dim(), dim)
		}
		_, alone := mustFit(t, matrix.LastColumns(x, 60), labels, names(3), Options{})
		if better := report.CrossValidated.LogLoss < alone.CrossValidated.LogLoss-0.1; better == useless {
			t.Errorf("useless %v: log-loss %v, and %v of the last block", useless, report.CrossValidated.LogLoss, alone.CrossValidated.LogLoss)
		}
	}
}

// TestHeadsOfBlocksAreRead: the file of a head of several blocks gives the same
// probabilities, unknown scores and distances.
func TestHeadsOfBlocksAreRead(t *testing.T) {
	x, labels, blocks := twoBlocks(60, false)
	for _, kind := range []string{LogisticUnit, Logistic} {
		h, report := mustFit(t, x, labels, names(3), Options{Head: kind, Blocks: blocks})
		if len(report.Blocks) != 2 {
			t.Fatalf("%s uses %+v", kind, report.Blocks)
		}
		withSpec(h)
		path := filepath.Join(t.TempDir(), "head.onnx")
		if err := h.Write(path); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Meta.Format != formatOfBlocks || !reflect.DeepEqual(got.Meta.Training.Blocks, report.Blocks) {
			t.Errorf("format %d, blocks %+v", got.Meta.Format, got.Meta.Training.Blocks)
		}
		if !reflect.DeepEqual(got.Predict(x), h.Predict(x)) {
			t.Errorf("%s: the head read gives other probabilities", kind)
		}
		longer := append([]float32{}, x.Row(0)...)
		for j := range blocks[0].Dim {
			longer[j] = 0
		}
		if a, b := got.UnknownScore(x.Row(0)), h.UnknownScore(longer); a != b {
			t.Errorf("%s: unknown score %v, by the last block alone %v", kind, a, b)
		}
	}
}

// TestReducedRowsChooseAsRowsDo compares cross-validation on reduced rows with that
// on the rows themselves.
func TestReducedRowsChooseAsRowsDo(t *testing.T) {
	x, labels, blocks := twoBlocks(45, false)
	weights := make([]float64, len(labels))
	for i := range weights {
		weights[i] = float64(i%4) / 2
	}
	for _, opt := range []Options{{Blocks: blocks}, {Blocks: blocks, Weights: weights}} {
		_, reduced := mustFit(t, x, labels, names(3), opt)
		usual := maxReduced
		maxReduced = 0
		_, whole := mustFit(t, x, labels, names(3), opt)
		maxReduced = usual
		compared := 0
		for _, a := range reduced.Candidates {
			for _, b := range whole.Candidates {
				if a.Head != b.Head || !reflect.DeepEqual(a.Blocks, b.Blocks) {
					continue
				}
				compared++
				if a.C != b.C || math.Abs(a.LogLoss-b.LogLoss) > 0.01 {
					t.Errorf("reduced %+v, whole %+v", a, b)
				}
			}
		}
		if compared < 3 {
			t.Errorf("%d trials compared", compared)
		}
	}
}

// TestFitOfBlocksEqualsScikitLearn uses a result of scripts/reference_blocks.py.
func TestFitOfBlocksEqualsScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/blocks/two_blocks.json")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Dims      []int
		Weight, C float64
		X         []float32
		Y         []int
		Scale     []float64
		Proba     [][]float64
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	x := matrix.Dense{Data: r.X, Cols: r.Dims[0] + r.Dims[1]}
	p := &problem{labels: r.Y, classes: 3, opt: Options{C: r.C}}
	if err := p.opt.complete(x.Len()); err != nil {
		t.Fatal(err)
	}
	known, err := p.measure(t.Context(), Input{X: x, Blocks: []Block{{"stage3", r.Dims[0]}, {"last", r.Dims[1]}}})
	if err != nil {
		t.Fatal(err)
	}
	v := view{known, r.Weight}
	trial, err := p.try(t.Context(), v, LogisticUnit, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &Head{unit: true, temperature: 1, last: r.Dims[1], scale: narrowed(v.scale(true)), Meta: Meta{Classes: names(3)}}
	if h.layers, err = trial.fit(t.Context(), &Training{}); err != nil {
		t.Fatal(err)
	}
	if !floats.EqualApprox(v.scale(true), r.Scale, 1e-5) {
		t.Errorf("scale %v, want %v", v.scale(true), r.Scale)
	}
	for i, want := range r.Proba {
		if got := h.Probabilities(x.Row(i), nil); !floats.EqualApprox(got, want, 1e-3) {
			t.Fatalf("row %d: %v, want %v", i, got, want)
		}
	}
}
