package head

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// reference is a result of scikit-learn, see testdata/README.md.
type reference struct {
	Name      string
	D, K      int
	C         float64
	X         []float32
	Y         []int
	Scale     []float64
	Coef      [][]float64
	Proba     [][]float64
	Objective float64
	Accuracy  float64
	LogLoss   float64 `json:"log_loss"`
	Confusion [][]int
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

func TestFitEqualsScikitLearn(t *testing.T) {
	for _, r := range references(t) {
		t.Run(r.Name, func(t *testing.T) {
			x := matrix.Dense{Data: r.X, Cols: r.D}
			h, report := mustFit(t, x, r.Y, names(r.K), Options{Head: Logistic, C: r.C})
			if report.Solver.Status != Converged {
				t.Errorf("solver: %+v", report.Solver)
			}
			if e := math.Abs(report.Solver.Objective/r.Objective - 1); e > 1e-6 {
				t.Errorf("objective %v differs by %.1e from %v", report.Solver.Objective, e, r.Objective)
			}
			want := slices.Concat(r.Coef...)
			if e := floats.Distance(coefficients(h, r.Scale), want, 2) / floats.Norm(want, 2); e > 1e-3 {
				t.Errorf("coefficients differ by %.1e", e)
			}
			h.temperature = 1 // scikit-learn does not calibrate
			for i, p := range h.Predict(x) {
				if e := floats.Distance(p, r.Proba[i], math.Inf(1)); e > 1e-4 {
					t.Errorf("probabilities of row %d differ by %.1e", i, e)
				}
			}
		})
	}
}

// coefficients are those of standardised rows; for two classes, of the log-odds
// of class 1.
func coefficients(h *Head, scale []float64) []float64 {
	coef := make([]float64, len(h.layers[0].weight))
	for i, w := range h.layers[0].weight {
		coef[i] = float64(w) * scale[i%h.layers[0].in]
	}
	if len(h.layers[0].bias) == 2 {
		return floats.SubTo(make([]float64, h.layers[0].in), coef[h.layers[0].in:], coef[:h.layers[0].in])
	}
	return coef
}

func TestEvaluateEqualsScikitLearn(t *testing.T) {
	for _, r := range references(t) {
		m := metrics.Evaluate(r.Proba, r.Y, nil, names(r.K))
		if math.Abs(m.Accuracy-r.Accuracy) > 1e-9 || math.Abs(m.LogLoss-r.LogLoss) > 1e-9 {
			t.Errorf("%s: accuracy %v and log-loss %v, not %v and %v", r.Name, m.Accuracy, m.LogLoss, r.Accuracy, r.LogLoss)
		}
		if !slices.EqualFunc(m.Confusion, r.Confusion, slices.Equal) {
			t.Errorf("%s: confusion %v, not %v", r.Name, m.Confusion, r.Confusion)
		}
	}
}
