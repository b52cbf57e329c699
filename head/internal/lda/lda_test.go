package lda

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// reference is a result of scikit-learn, see scripts/reference_lda.py.
type reference struct {
	Name      string
	D, K      int
	X         []float32
	Y         []int
	Shrinkage float64
	Proba     [][]float64
}

func references(t *testing.T) []reference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var refs []reference
	if err := json.Unmarshal(data, &refs); err != nil || len(refs) == 0 {
		t.Fatal(len(refs), err)
	}
	return refs
}

func all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func mustFit(t *testing.T, p Problem) *Model {
	t.Helper()
	m, err := fit(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fit(p Problem) (*Model, error) {
	trainer, err := New(context.Background(), p, nil)
	if err != nil {
		return nil, err
	}
	return trainer.Fit(context.Background(), All)
}

// probabilities are the softmax of a model's logits.
func probabilities(m *Model, row []float32) []float64 {
	p := make([]float64, len(m.Offsets))
	var sum float64
	for k := range p {
		z := float64(m.Offsets[k])
		for j, v := range row {
			z += float64(v) * float64(m.Weights[k*len(row)+j])
		}
		p[k] = math.Exp(z)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

func TestFitEqualsScikitLearn(t *testing.T) {
	for _, r := range references(t) {
		x := matrix.Dense{Data: r.X, Cols: r.D}
		m := mustFit(t, Problem{X: x, Labels: r.Y, Classes: r.K})
		if math.Abs(m.Shrinkage-r.Shrinkage) > 1e-6 {
			t.Errorf("%s: shrinkage %v, not %v", r.Name, m.Shrinkage, r.Shrinkage)
		}
		for i, want := range r.Proba {
			for k, p := range probabilities(m, x.Row(i)) {
				if math.Abs(p-want[k]) > 1e-4 {
					t.Errorf("%s: row %d has probability %v of class %d, not %v", r.Name, i, p, k, want[k])
				}
			}
		}
	}
}

func TestBothSolversAgree(t *testing.T) {
	for _, r := range references(t) {
		p := Problem{X: matrix.Dense{Data: r.X, Cols: r.D}, Labels: r.Y, Classes: r.K}
		rows := all(p.X.Len())
		s := summarise(t.Context(), &p, rows)
		scatters, err := newScatters(context.Background(), &p, rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		two, err := scatters.tall(context.Background(), s, All)
		if err != nil {
			t.Fatal(err)
		}
		one, err := newWide(t.Context(), &p, s, rows)
		if err != nil {
			t.Fatal(err)
		}
		if e := math.Abs(one.squaredNorm()/two.squaredNorm() - 1); e > 1e-6 {
			t.Errorf("%s: norms differ by %v", r.Name, e)
		}
		a, _ := one.solve(t.Context(), s.scaledMeans(), 0.2)
		b, _ := two.solve(t.Context(), s.scaledMeans(), 0.2)
		for k := range r.K {
			for j := range r.D {
				if math.Abs(a.At(k, j)-b.At(k, j)) > 1e-5 {
					t.Fatalf("%s: weight %d, %d: %v and %v", r.Name, k, j, a.At(k, j), b.At(k, j))
				}
			}
		}
	}
}

func TestAWeightIsAsManyRows(t *testing.T) {
	r := references(t)[1]
	x := matrix.Dense{Data: r.X, Cols: r.D}
	weights := make([]float64, x.Len())
	var repeated, labels []int
	for i := range weights {
		weights[i] = float64(i % 3)
		for range i % 3 {
			repeated = append(repeated, i)
			labels = append(labels, r.Y[i])
		}
	}
	want := mustFit(t, Problem{X: matrix.Selection{Float32: x, Rows: repeated}, Labels: labels, Classes: r.K})
	got := mustFit(t, Problem{X: x, Labels: r.Y, Classes: r.K, Weights: weights})
	for i, w := range want.Weights {
		if math.Abs(float64(got.Weights[i]-w)) > 1e-4 {
			t.Fatalf("weight %d is %v, not %v", i, got.Weights[i], w)
		}
	}
}

// TestAFoldIsLeftOut compares a fit without a fold's rows, one of which is far
// off, with one that never had them.
func TestAFoldIsLeftOut(t *testing.T) {
	for _, r := range references(t) {
		x := matrix.Dense{Data: r.X, Cols: r.D}
		x.Row(1)[0] = 1e9
		weights := make([]float64, x.Len())
		var kept, held, labels []int
		var keptWeights []float64
		for i := range x.Len() {
			weights[i] = float64(1 + i%2)
			if i%5 == 1 || r.Y[i] == 0 && i < x.Len()/2 {
				held = append(held, i)
				continue
			}
			kept, labels, keptWeights = append(kept, i), append(labels, r.Y[i]), append(keptWeights, weights[i])
		}
		trainer, err := New(context.Background(), Problem{X: x, Labels: r.Y, Classes: r.K, Weights: weights}, [][]int{held, kept[:len(kept)/2], kept[len(kept)/2:]})
		if err != nil {
			t.Fatal(err)
		}
		got, err := trainer.Fit(context.Background(), 0)
		if err != nil {
			t.Fatal(err)
		}
		want := mustFit(t, Problem{X: matrix.Selection{Float32: x, Rows: kept}, Labels: labels, Classes: r.K, Weights: keptWeights})
		for _, i := range held {
			for k, p := range probabilities(want, x.Row(i)) {
				if q := probabilities(got, x.Row(i))[k]; math.Abs(p-q) > 1e-4 {
					t.Errorf("%s: row %d has probability %v of class %d, not %v", r.Name, i, q, k, p)
				}
			}
		}
	}
}

func TestFitOfFeaturesThatDoNotVary(t *testing.T) {
	x := matrix.Dense{Data: []float32{0.1, 1, 0.1, 2, 0.1, 5, 0.1, 7}, Cols: 2}
	m := mustFit(t, Problem{X: x, Labels: []int{0, 0, 1, 1}, Classes: 3})
	if m.Weights[0] != 0 || m.Weights[2] != 0 {
		t.Errorf("weights %v of a constant feature", m.Weights)
	}
	if p := probabilities(m, x.Row(0)); !(p[0] > p[2] && p[2] > 0) {
		t.Errorf("probabilities %v, the last of a class without rows", p)
	}
	_, err := fit(Problem{X: x, Labels: []int{0, 1, 2, 3}, Classes: 4})
	if !errors.Is(err, ErrNoVariance) {
		t.Error(err)
	}
}

// TestFitStopsOnCancel has as many rows as each solver is for, and more classes
// than are solved for at a time.
func TestFitStopsOnCancel(t *testing.T) {
	for name, dim := range map[string]int{"tall": 4, "wide": 800} {
		t.Run(name, func(t *testing.T) {
			const classes = 3 * solveBlock
			x, labels := matrix.New(2*classes, dim), make([]int, 2*classes)
			for i := range labels {
				labels[i] = i % classes
				for j := range x.Row(i) {
					x.Row(i)[j] = float32(i*j%7 + i%5)
				}
			}
			headtest.EveryStop(t, 8, func(ctx context.Context) error {
				trainer, err := New(ctx, Problem{X: x, Labels: labels, Classes: classes}, [][]int{all(classes), all(2 * classes)[classes:]})
				if err != nil {
					return err
				}
				_, err = trainer.Fit(ctx, All)
				return err
			})
		})
	}
}

func BenchmarkFit(b *testing.B) {
	const n, dim, classes = 20_000, 2048, 37
	rng := rand.New(rand.NewPCG(1, 2))
	x := matrix.New(n, dim)
	for i := range x.Data {
		x.Data[i] = rng.Float32()
	}
	labels, folds := make([]int, n), make([][]int, 5)
	for i := range labels {
		labels[i] = i % classes
		folds[i%5] = append(folds[i%5], i)
	}
	for b.Loop() {
		trainer, err := New(context.Background(), Problem{X: x, Labels: labels, Classes: classes}, folds)
		if err != nil {
			b.Fatal(err)
		}
		for fold := All; fold < len(folds); fold++ {
			if _, err := trainer.Fit(context.Background(), fold); err != nil {
				b.Fatal(err)
			}
		}
	}
}
