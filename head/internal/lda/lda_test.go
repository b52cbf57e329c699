package lda

import (
	"context"
	"encoding/json"
	"errors"
	"math"
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

func mustFit(t *testing.T, p Problem, rows []int) *Model {
	t.Helper()
	m, err := Fit(context.Background(), p, rows)
	if err != nil {
		t.Fatal(err)
	}
	return m
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
		m := mustFit(t, Problem{X: x, Labels: r.Y, Classes: r.K}, all(x.Len()))
		if math.Abs(m.Shrinkage-r.Shrinkage) > 1e-9 {
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
		one, two := newWide(&p, s, rows), newTall(&p, s, rows)
		if e := math.Abs(one.squaredNorm()/two.squaredNorm() - 1); e > 1e-9 {
			t.Errorf("%s: norms differ by %v", r.Name, e)
		}
		a, _ := one.solve(s.scaledMeans(), 0.2)
		b, _ := two.solve(s.scaledMeans(), 0.2)
		for k := range r.K {
			for j := range r.D {
				if math.Abs(a.At(k, j)-b.At(k, j)) > 1e-9 {
					t.Fatalf("%s: weight %d, %d: %v and %v", r.Name, k, j, a.At(k, j), b.At(k, j))
				}
			}
		}
	}
}

func TestAWeightIsAsManyRows(t *testing.T) {
	r := references(t)[1]
	x := matrix{r.D, r.X}
	weights := make([]float64, x.Len())
	var repeated []int
	for i := range weights {
		weights[i] = float64(1 + i%3)
		for range 1 + i%3 {
			repeated = append(repeated, i)
		}
	}
	p := Problem{X: x, Labels: r.Y, Classes: r.K}
	want := mustFit(t, p, repeated)
	p.Weights = weights
	got := mustFit(t, p, all(x.Len()))
	for i, w := range want.Weights {
		if math.Abs(float64(got.Weights[i]-w)) > 1e-5 {
			t.Fatalf("weight %d is %v, not %v", i, got.Weights[i], w)
		}
	}
}

func TestFitOfFeaturesThatDoNotVary(t *testing.T) {
	x := matrix{2, []float32{0.1, 1, 0.1, 2, 0.1, 5, 0.1, 7}}
	m := mustFit(t, Problem{X: x, Labels: []int{0, 0, 1, 1}, Classes: 3}, all(4))
	if m.Weights[0] != 0 || m.Weights[2] != 0 {
		t.Errorf("weights %v of a constant feature", m.Weights)
	}
	if p := probabilities(m, x.Row(0)); !(p[0] > p[2] && p[2] > 0) {
		t.Errorf("probabilities %v, the last of a class without rows", p)
	}
	_, err := Fit(context.Background(), Problem{X: x, Labels: []int{0, 1, 2, 3}, Classes: 4}, all(4))
	if !errors.Is(err, ErrNoVariance) {
		t.Error(err)
	}
}
