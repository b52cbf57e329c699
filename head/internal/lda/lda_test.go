package lda

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// matrix holds rows one after the other.
type matrix struct {
	dim    int
	values []float32
}

func (m matrix) Len() int            { return len(m.values) / m.dim }
func (m matrix) Dim() int            { return m.dim }
func (m matrix) Row(i int) []float32 { return m.values[i*m.dim : (i+1)*m.dim] }

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
		x := matrix{r.D, r.X}
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
		p := Problem{X: matrix{r.D, r.X}, Labels: r.Y, Classes: r.K}
		rows := all(p.X.Len())
		s := summarise(&p, rows)
		scatters, err := newScatters(context.Background(), &p, rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		two, err := scatters.tall(context.Background(), s, All)
		if err != nil {
			t.Fatal(err)
		}
		one := newWide(&p, s, rows)
		if e := math.Abs(one.squaredNorm()/two.squaredNorm() - 1); e > 1e-6 {
			t.Errorf("%s: norms differ by %v", r.Name, e)
		}
		a, _ := one.solve(s.scaledMeans(), 0.2)
		b, _ := two.solve(s.scaledMeans(), 0.2)
		for k := range r.K {
			for j := range r.D {
				if math.Abs(a.At(k, j)-b.At(k, j)) > 1e-5 {
					t.Fatalf("%s: weight %d, %d: %v and %v", r.Name, k, j, a.At(k, j), b.At(k, j))
				}
			}
		}
	}
}

// stacked is a Matrix of some rows of another, in any order.
type stacked struct {
	Matrix
	rows []int
}

func (s stacked) Len() int            { return len(s.rows) }
func (s stacked) Row(i int) []float32 { return s.Matrix.Row(s.rows[i]) }

func TestAWeightIsAsManyRows(t *testing.T) {
	r := references(t)[1]
	x := matrix{r.D, r.X}
	weights := make([]float64, x.Len())
	var repeated, labels []int
	for i := range weights {
		weights[i] = float64(i % 3)
		for range i % 3 {
			repeated = append(repeated, i)
			labels = append(labels, r.Y[i])
		}
	}
	want := mustFit(t, Problem{X: stacked{x, repeated}, Labels: labels, Classes: r.K})
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
		x := matrix{r.D, r.X}
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
		want := mustFit(t, Problem{X: stacked{x, kept}, Labels: labels, Classes: r.K, Weights: keptWeights})
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
	x := matrix{2, []float32{0.1, 1, 0.1, 2, 0.1, 5, 0.1, 7}}
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

func BenchmarkFit(b *testing.B) {
	const n, dim, classes = 20_000, 2048, 37
	chance := rand.New(rand.NewPCG(1, 2))
	x := matrix{dim, make([]float32, n*dim)}
	for i := range x.values {
		x.values[i] = chance.Float32()
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
