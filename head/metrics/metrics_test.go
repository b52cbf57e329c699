package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
)

// metricsReference holds scores that scikit-learn and scipy give, see
// testdata/README.md.
type metricsReference struct {
	Cases []struct {
		Name  string
		Proba [][]float64
		Y     []int
		Metrics
		ClassPrecision        []float64  `json:"class_precision"`
		ClassRecall           []float64  `json:"class_recall"`
		ClassF1               []float64  `json:"class_f1"`
		ClassImages           []int      `json:"class_images"`
		ClassROCAUC           []*float64 `json:"class_roc_auc"`
		ClassAveragePrecision []*float64 `json:"class_average_precision"`
	}
	McNemar []struct {
		First, Second int
		P             float64
	}
	AUROC []struct {
		Positives, Negatives []float64
		Area                 float64
	}
}

func readMetricsReference(t *testing.T) metricsReference {
	t.Helper()
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r metricsReference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) == 0 || len(r.McNemar) == 0 || len(r.AUROC) == 0 {
		t.Fatal("testdata/reference.json holds no references")
	}
	return r
}

func names(classes int) []string {
	out := make([]string, classes)
	for i := range out {
		out[i] = fmt.Sprintf("c%d", i)
	}
	return out
}

// same tells whether two scores are equal within what rounding explains; two
// that are undefined are.
func same(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return math.Abs(*a-*b) <= 1e-9
}

func TestMetricsEqualScikitLearn(t *testing.T) {
	for _, r := range readMetricsReference(t).Cases {
		t.Run(r.Name, func(t *testing.T) {
			got := Evaluate(r.Proba, r.Y, nil, names(len(r.Proba[0])))
			check := func(what string, got, want *float64) {
				t.Helper()
				if !same(got, want) {
					t.Errorf("%s: got %v, want %v", what, show(got), show(want))
				}
			}
			check("accuracy", &got.Accuracy, &r.Accuracy)
			check("log-loss", &got.LogLoss, &r.LogLoss)
			check("Brier score", &got.Brier, &r.Brier)
			check("calibration error", &got.CalibrationError, &r.CalibrationError)
			check("balanced accuracy", got.BalancedAccuracy, r.BalancedAccuracy)
			check("ROC-AUC", got.ROCAUC, r.ROCAUC)
			check("average precision", got.AveragePrecision, r.AveragePrecision)
			for i, c := range got.Classes {
				check(c.Class+": precision", &c.Precision, &r.ClassPrecision[i])
				check(c.Class+": recall", &c.Recall, &r.ClassRecall[i])
				check(c.Class+": F1", &c.F1, &r.ClassF1[i])
				check(c.Class+": ROC-AUC", c.ROCAUC, r.ClassROCAUC[i])
				check(c.Class+": average precision", c.AveragePrecision, r.ClassAveragePrecision[i])
				if c.Images != r.ClassImages[i] {
					t.Errorf("%s: %d images, want %d", c.Class, c.Images, r.ClassImages[i])
				}
			}
			if !slices.EqualFunc(got.Confusion, r.Confusion, slices.Equal) {
				t.Errorf("confusion: got %v, want %v", got.Confusion, r.Confusion)
			}
		})
	}
}

func show(v *float64) any {
	if v == nil {
		return "none"
	}
	return *v
}

func TestMcNemarEqualsScipy(t *testing.T) {
	for _, r := range readMetricsReference(t).McNemar {
		if got := McNemar(r.First, r.Second); math.Abs(got-r.P) > 1e-9 {
			t.Errorf("%d against %d: p %v, want %v", r.First, r.Second, got, r.P)
		}
	}
}

func TestAUROCEqualsScikitLearn(t *testing.T) {
	for _, r := range readMetricsReference(t).AUROC {
		before := slices.Clone(r.Positives)
		if got := AUROC(r.Positives, r.Negatives); math.Abs(got-r.Area) > 1e-12 {
			t.Errorf("%d against %d: %v, want %v", len(r.Positives), len(r.Negatives), got, r.Area)
		}
		if !slices.Equal(r.Positives, before) {
			t.Error("the scores are changed")
		}
	}
	if !math.IsNaN(AUROC(nil, []float64{1})) || !math.IsNaN(AUROC([]float64{1}, nil)) {
		t.Error("an area without scores of both kinds")
	}
}

func TestEvaluateNothingToDivideBy(t *testing.T) {
	m := Evaluate([][]float64{{0.8, 0.2, 0}, {0.5, 0.5, 0}}, []int{0, 0}, nil, []string{"cats", "dogs", "birds"})
	if birds := m.Classes[2]; birds != (ClassScores{Class: "birds"}) {
		t.Errorf("%+v", birds)
	}
	if cats := m.Classes[0]; cats.ROCAUC != nil || *cats.AveragePrecision != 1 {
		t.Errorf("all images are cats: %+v", cats)
	}
	if m.ROCAUC != nil {
		t.Errorf("ROC-AUC %v of images of one class", *m.ROCAUC)
	}
}

func TestLogLossOfCertainMistakeIsFinite(t *testing.T) {
	m := Evaluate([][]float64{{1, 0}}, []int{1}, nil, []string{"cats", "dogs"})
	if want := 52 * math.Ln2; math.Abs(m.LogLoss-want) > 1e-12 {
		t.Errorf("log-loss %v, want %v", m.LogLoss, want)
	}
}

func TestEvaluateNoImages(t *testing.T) {
	m := Evaluate(nil, nil, nil, []string{"cats", "dogs"})
	if m.Scores != (Scores{}) || m.BalancedAccuracy != nil || m.ROCAUC != nil || m.AveragePrecision != nil {
		t.Errorf("%+v", m)
	}
}

func TestEvaluateRowsEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	rows := func(int) []float64 {
		if asked++; asked == 7 { // the second time round
			cancel()
		}
		return []float64{0.5, 0.5}
	}
	if _, err := EvaluateRows(ctx, rows, make([]int, 5), nil, names(2)); !errors.Is(err, context.Canceled) || asked != 7 {
		t.Errorf("%v, after %d rows", err, asked)
	}
}

// The wanted values are of statsmodels' proportion_confint(method="wilson").
func TestWilson(t *testing.T) {
	cases := []struct {
		successes, n int
		want         Interval
	}{
		{0, 10, Interval{0, 0.27753279986288926}},
		{81, 263, Interval{0.2552885198782742, 0.36620957698280004}},
		{992, 1000, Interval{0.9842936654690199, 0.995940804181194}},
		{10, 10, Interval{0.7224672001371106, 1}},
	}
	for _, c := range cases {
		got := wilson(float64(c.successes), float64(c.n))
		if math.Abs(got.Low-c.want.Low) > 1e-12 || math.Abs(got.High-c.want.High) > 1e-12 {
			t.Errorf("%d of %d: %v, want %v", c.successes, c.n, got, c.want)
		}
	}
}
