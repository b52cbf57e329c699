package head

import (
	"bytes"
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/head/internal/lda"
	"github.com/digitalinnovationone/headstart/head/internal/logistic"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestFitChoosesCByLogLoss(t *testing.T) {
	x, labels, classes := draw(300, 40, 3, 1)
	h, report := mustFit(t, x, labels, classes, Options{Head: Logistic})
	best := slices.MinFunc(report.Path, func(a, b PathPoint) int {
		return int(math.Copysign(1, a.LogLoss-b.LogLoss))
	})
	if report.C != best.C {
		t.Errorf("C %v, the best on the path is %+v", report.C, best)
	}
	if loss := report.CrossValidated.LogLoss; loss != report.Calibration.After.LogLoss || math.Abs(loss-report.Candidates[0].LogLoss) > 1e-12 {
		t.Errorf("log-loss %v, after calibration %v, of the only candidate %v", loss, report.Calibration.After.LogLoss, report.Candidates[0].LogLoss)
	}
	for _, point := range report.Path {
		if !point.Converged {
			t.Errorf("a fold did not converge: %+v", point)
		}
	}
	if a := report.CrossValidated.Accuracy; a < 0.8 || a > 0.999 {
		t.Errorf("cross-validated accuracy %v", a)
	}
	if report.Folds != 5 || report.CrossValidated.Images != x.Len() || h.Meta.Training.C != report.C {
		t.Errorf("%d folds, %d rows held out, C %v in the head", report.Folds, report.CrossValidated.Images, h.Meta.Training.C)
	}
	if h.Meta.Scores[CrossValidated] != report.CrossValidated.Scores {
		t.Errorf("scores in the head: %+v", h.Meta.Scores)
	}
	for i, p := range h.Predict(x) {
		var sum float64
		for _, v := range p {
			sum += v
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Fatalf("probabilities of row %d add up to %v", i, sum)
		}
	}
}

func TestFitIsTheSameOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i, kind := range Kinds() {
		classes := 2 + i
		x, labels, names := draw(350, 19, classes, 2)
		var want []byte
		for _, cores := range []int{1, 4, 3} {
			runtime.GOMAXPROCS(cores)
			h, _ := mustFit(t, x, labels, names, Options{Head: kind, Workers: cores})
			got, err := h.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s: another head on %d cores", kind, cores)
			}
		}
	}
}

func TestFitKeepsAClassOfOneImage(t *testing.T) {
	x, labels, classes := draw(41, 8, 3, 1)
	for i, label := range labels {
		labels[i] = min(label, 1)
	}
	labels[0] = 2
	for _, kind := range Kinds() {
		h, report := mustFit(t, x, labels, classes, Options{Head: kind})
		if report.CrossValidated.Images != 40 || report.Calibration.Images != 40 {
			t.Errorf("%s: scores of %d images, calibration on %d", kind, report.CrossValidated.Images, report.Calibration.Images)
		}
		if p := h.Probabilities(x.Row(0), nil); !(p[2] > 0 && p[2] < 1) {
			t.Errorf("%s: probabilities %v", kind, p)
		}
	}
}

func TestFitOfClassesOfOneImageEach(t *testing.T) {
	x, _, classes := draw(4, 8, 4, 1)
	labels := []int{0, 1, 2, 3}
	_, report := mustFit(t, x, labels, classes, Options{C: 0.1})
	if report.CrossValidated != nil || report.Calibration != nil || report.Folds != 0 || report.Solver.Status != Converged {
		t.Errorf("%+v", report)
	}
	_, report = mustFit(t, x, labels, classes, Options{})
	if report.C != defaultC || report.Head != LogisticUnit || report.NotMeasured != "no class has two images" {
		t.Errorf("C %v, not measured as %s", report.C, report.NotMeasured)
	}
}

// TestCalibrationIsByImagesOfKnownClasses weighs down all but one image of a
// class: the fold that leaves this one out knows nothing of the class.
func TestCalibrationIsByImagesOfKnownClasses(t *testing.T) {
	x, labels, classes := draw(60, 8, 3, 1)
	weights := slices.Repeat([]float64{1}, 60)
	for i, label := range labels {
		if label == 2 && i > 2 {
			weights[i] = 0
		}
	}
	for _, kind := range []string{Logistic, LDA, MLP} {
		h, _ := mustFit(t, x, labels, classes, Options{Head: kind, Weights: weights})
		// The image that counts is in a fold with others of its class.
		if got := h.Meta.Calibration.Images; got < 55 || got >= 60 || h.Meta.Scores[CrossValidated].Images != got {
			t.Errorf("%s: calibrated by %d images, scores of %d", kind, got, h.Meta.Scores[CrossValidated].Images)
		}
	}
	x, _, classes = draw(3, 8, 2, 1)
	_, report := mustFit(t, x, []int{0, 1, 1}, classes, Options{Weights: []float64{1, 0, 0}})
	if report.CrossValidated != nil || report.NotMeasured != "no class has two images with a weight above 0" {
		t.Errorf("not measured as %s", report.NotMeasured)
	}
}

func TestFitOfFeaturesThatNeverVary(t *testing.T) {
	x := matrix.Dense{Data: slices.Repeat([]float32{1e4 / 3.0, 0}, 30), Cols: 2}
	labels := slices.Repeat([]int{0, 1, 1}, 10)
	h, report := mustFit(t, x, labels, names(2), Options{})
	if p := h.Probabilities(x.Row(0), nil); math.Abs(p[1]-2.0/3) > 0.02 {
		t.Errorf("probabilities %v, want the classes' shares", p)
	}
	if report.Solver.Status != Converged {
		t.Errorf("solver: %+v", report.Solver)
	}
}

func TestFitRefuses(t *testing.T) {
	x, labels, classes := draw(20, 4, 2, 1)
	broken, _, _ := draw(20, 4, 2, 1)
	broken.Row(7)[2] = float32(math.NaN())
	huge := matrix.Dense{Data: slices.Repeat([]float32{3e38, -3e38}, 10), Cols: 1}
	tiny := matrix.Dense{Data: slices.Repeat([]float32{3e-42, -3e-42}, 10), Cols: 1} // denormal
	cases := []struct {
		name    string
		x       Matrix
		labels  []int
		classes []string
		opt     Options
		want    string
	}{
		{"one class", x, make([]int, 20), []string{"cats"}, Options{}, "there are fewer than two classes"},
		{"a class without images", x, make([]int, 20), classes, Options{}, `class "c1" has no images`},
		{"a name of two lines", x, make([]int, 20), []string{"c0", "c\n1"}, Options{}, `class "c\n1" has no images`},
		{"too few labels", x, labels[:19], classes, Options{}, "there are 20 embeddings and 19 labels"},
		{"a label out of range", x, slices.Repeat([]int{0, 2}, 10), classes, Options{}, "label 2 of embedding 1 is not one of the 2 classes"},
		{"NaN", broken, labels, classes, Options{}, "embedding 7 is not finite: value 2 is NaN"},
		{"overflow", huge, labels, classes, Options{C: 1}, "embeddings are too large, or too near to zero, for float32 arithmetic"},
		{"underflow", tiny, labels, classes, Options{C: 1}, "embeddings are too large, or too near to zero, for float32 arithmetic"},
		{"a negative C", x, labels, classes, Options{C: -1}, "bad C -1: it must be a positive number"},
		{"C of NaN", x, labels, classes, Options{C: math.NaN()}, "bad C NaN: it must be a positive number"},
		{"next to no penalty", x, labels, classes, Options{C: 1e9}, "bad C 1e+09: it must be at most 10000"},
		{"one fold", x, labels, classes, Options{Folds: 1}, "bad number of folds 1: it must be 2 or more"},
		{"an unknown kind", x, labels, classes, Options{Head: "forest"}, `bad head "forest": it must be one of auto, logistic, logistic-unit, lda, mlp`},
		{"C of LDA", x, labels, classes, Options{Head: LDA, C: 1}, "the penalty C is for logistic regression, not for lda"},
		{"too few weights", x, labels, classes, Options{Weights: []float64{1}}, "there are 20 embeddings and 1 weights"},
		{"a negative weight", x, labels, classes, Options{Weights: slices.Repeat([]float64{1, -1}, 10)}, "bad weight -1 of embedding 1: it must be a number, 0 or more"},
		{"no weight", x, labels, classes, Options{C: 1, Weights: make([]float64, 20)}, "all weights are 0"},
		{"negative workers", x, labels, classes, Options{Workers: -1}, "bad number of workers -1"},
	}
	for _, c := range cases {
		_, _, err := Fit(context.Background(), c.x, c.labels, c.classes, c.opt)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

func TestFitStopsWhenCancelled(t *testing.T) {
	x, labels, classes := draw(60, 10, 3, 1)
	for _, kind := range []string{Auto, MLP} { // auto tries all others
		headtest.EveryStop(t, 200, func(ctx context.Context) error {
			_, _, err := Fit(ctx, x, labels, classes, Options{Head: kind, Hidden: 8})
			return err
		})
	}
}

func TestAtEdge(t *testing.T) {
	for _, test := range []struct {
		c      float64
		losses [3]float64 // for a C of 0.1, 1 and 10
		want   bool
	}{
		{0.1, [3]float64{1, 2, 3}, true},
		{1, [3]float64{2, 1, 2}, false},
		{10, [3]float64{3, 2, 1}, true},
		{10, [3]float64{3, 2, 1.99}, false},
	} {
		var path []PathPoint
		for i, c := range []float64{0.1, 1, 10} {
			path = append(path, PathPoint{C: c, LogLoss: test.losses[i]})
		}
		if got := (Training{C: test.c, Path: path}).AtEdge(); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
	if (Training{C: 1, Path: []PathPoint{{C: 1, LogLoss: 1}}}).AtEdge() {
		t.Error("a C that was given is at the edge")
	}
}

func TestEmbeddingsTooLargeAreAnErrorAndNoPanic(t *testing.T) {
	for _, large := range []float32{1e30, 1e38, 3e38} {
		x, labels, classes := draw(60, 8, 2, 1)
		for i := range x.Data {
			x.Data[i] *= 1e-3
		}
		for j := range x.Dim() {
			x.Row(7)[j] = large * float32(1-2*(j%2))
		}
		for _, c := range []float64{0, 1} {
			h, _, err := Fit(context.Background(), x, labels, classes, Options{C: c})
			if err == nil && (!h.finite()) || err != nil && !errors.Is(err, logistic.ErrOverflow) && !errors.Is(err, lda.ErrOverflow) {
				t.Errorf("values of %g, C %g: %v", large, c, err)
			}
		}
	}
}

func BenchmarkFit(b *testing.B) {
	for _, size := range []struct {
		name       string
		n, classes int
	}{{"1000x1280-2classes", 1000, 2}, {"3000x1280-10classes", 3000, 10}} {
		b.Run(size.name, func(b *testing.B) {
			x, labels, classes := draw(size.n, 1280, size.classes, 1)
			for b.Loop() {
				mustFit(b, x, labels, classes, Options{})
			}
		})
	}
}

// TestFitThatDoesNotConvergeSaysSo has values that differ by no more than
// rounding leaves of them, and next to no penalty.
func TestFitThatDoesNotConvergeSaysSo(t *testing.T) {
	x := matrix.Dense{Data: make([]float32, 12*60), Cols: 12}
	labels := make([]int, x.Len())
	for i := range labels {
		labels[i] = i % 3
		for j := range x.Row(i) {
			x.Row(i)[j] = 1000 + 1/float32(1+i+j)
		}
	}
	h, report := mustFit(t, x, labels, names(3), Options{Head: Logistic, C: 1e4})
	if s := report.Solver; s.Status == Converged || s != h.Meta.Training.Solver {
		t.Errorf("%+v, in the head %+v", s, h.Meta.Training.Solver)
	}
}
