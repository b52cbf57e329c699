package logistic

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// reference is a problem and scikit-learn's optimum, made by
// scripts/reference_logistic.py.
type reference struct {
	Name                        string
	N, D, K                     int
	C, Separation, Noise        float64
	Weighted, Standardise, Unit bool
	Objective                   float64
	Coef                        [][]float64 // of features after Unit and Standardise
	Intercept                   []float64   // likewise
}

func references(t *testing.T) []reference {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no references in testdata: %v", err)
	}
	refs := make([]reference, len(paths))
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &refs[i]); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return refs
}

// splitMix is the script's generator.
type splitMix uint64

func (s *splitMix) draw() float64 {
	*s += 0x9E3779B97F4A7C15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return float64((z^z>>31)>>40) / (1 << 24)
}

// problem draws what the script draws.
func (r *reference) problem(workers int) Problem {
	rng := splitMix(r.N * r.D * r.K)
	centres := make([]float64, r.K*r.D)
	for i := range centres {
		centres[i] = rng.draw() - 0.5
	}
	x := matrix.Dense{Data: make([]float32, r.N*r.D), Cols: r.D}
	p := Problem{
		X: x, Labels: make([]int, r.N), Classes: r.K,
		Unit: r.Unit, Standardise: r.Standardise, Workers: workers,
	}
	if r.Weighted {
		p.Weights = make([]float64, r.N)
	}
	for i := range r.N {
		p.Labels[i] = i % r.K
		for j := range r.D {
			centre := float64(r.Separation * centres[p.Labels[i]*r.D+j]) // not fused with the sum
			x.Data[i*r.D+j] = float32(centre + (rng.draw() + rng.draw() + rng.draw()))
		}
		if rng.draw() < r.Noise {
			p.Labels[i] = (p.Labels[i] + 1) % r.K
		}
		if r.Weighted && i%11 != 10 {
			p.Weights[i] = 0.25 + rng.draw()
		}
	}
	return p
}

func TestFitEqualsScikitLearn(t *testing.T) {
	t.Run("vectors", testFitEqualsScikitLearn)
	defer kernel.Plain()()
	t.Run("plain", testFitEqualsScikitLearn)
}

func testFitEqualsScikitLearn(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.Name, func(t *testing.T) {
			trainer := mustNew(t, r.problem(2))
			m := mustFit(t, trainer, r.C)
			if m.Solver.Status != Converged {
				t.Errorf("solver: %+v", m.Solver)
			}
			if e := math.Abs(m.Solver.Objective/r.Objective - 1); e > 1e-6 {
				t.Errorf("objective %v differs by %.1e from %v", m.Solver.Objective, e, r.Objective)
			}
			want := slices.Concat(r.Coef...)
			if e := floats.Distance(coefficients(trainer, m), want, 2) / floats.Norm(want, 2); e > 1e-3 {
				t.Errorf("coefficients differ by %.1e", e)
			}
			if e := floats.Distance(intercepts(trainer, m), centred(r.Intercept), 2); e > 1e-3*floats.Norm(want, 2) {
				t.Errorf("intercepts differ by %.1e", e)
			}
		})
	}
}

// coefficients are those of features after Unit and Standardise; for two
// classes, of the log-odds of class 1.
func coefficients(trainer *Trainer, m *Model) []float64 {
	dim := trainer.problem.X.Dim()
	coef := make([]float64, len(m.Weights))
	for i, w := range m.Weights {
		coef[i] = float64(w) * trainer.scaler.scale[i%dim]
	}
	if len(m.Offsets) == 2 {
		return floats.SubTo(make([]float64, dim), coef[dim:], coef[:dim])
	}
	return coef
}

// intercepts belong to coefficients.
func intercepts(trainer *Trainer, m *Model) []float64 {
	dim := trainer.problem.X.Dim()
	b := make([]float64, len(m.Offsets))
	for k, offset := range m.Offsets {
		b[k] = float64(offset)
		if !trainer.problem.Standardise {
			continue
		}
		for j, mean := range trainer.scaler.mean {
			b[k] += float64(m.Weights[k*dim+j]) * mean
		}
	}
	if len(b) == 2 {
		return []float64{b[1] - b[0]}
	}
	return centred(b)
}

// centred takes off the mean, which changes no probability, unless there is a
// single number.
func centred(b []float64) []float64 {
	out := append([]float64(nil), b...)
	if len(b) > 1 {
		floats.AddConst(-floats.Sum(b)/float64(len(b)), out)
	}
	return out
}

func mustNew(t testing.TB, p Problem) *Trainer {
	t.Helper()
	trainer, err := New(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return trainer
}

func mustFit(t testing.TB, trainer *Trainer, c float64) *Model {
	t.Helper()
	m, err := trainer.Fit(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
