package head

import (
	"math"
	"testing"
)

func TestEvaluatePerClass(t *testing.T) {
	probabilities := [][]float64{{0.8, 0.2, 0}, {0.5, 0.5, 0}, {0.9, 0.1, 0}, {0.1, 0.9, 0}}
	m := Evaluate(probabilities, []int{0, 0, 1, 1}, []string{"cats", "dogs", "birds"})
	want := []ClassScores{
		{"cats", 2, 2.0 / 3, 1, 0.8},
		{"dogs", 2, 1, 0.5, 2.0 / 3},
		{"birds", 0, 0, 0, 0},
	}
	for i, w := range want {
		if m.Classes[i] != w {
			t.Errorf("got %+v, want %+v", m.Classes[i], w)
		}
	}
	if m.Images != 4 || m.Accuracy != 0.75 {
		t.Errorf("%+v", m.Scores)
	}
}

func TestLogLossOfCertainMistakeIsFinite(t *testing.T) {
	m := Evaluate([][]float64{{1, 0}}, []int{1}, []string{"cats", "dogs"})
	if want := 52 * math.Ln2; math.Abs(m.LogLoss-want) > 1e-12 {
		t.Errorf("log-loss %v, want %v", m.LogLoss, want)
	}
}

func TestEvaluateNoImages(t *testing.T) {
	if m := Evaluate(nil, nil, []string{"cats", "dogs"}); m.Scores != (Scores{}) {
		t.Errorf("%+v", m.Scores)
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
		got := Wilson(c.successes, c.n)
		if math.Abs(got.Low-c.want.Low) > 1e-12 || math.Abs(got.High-c.want.High) > 1e-12 {
			t.Errorf("%d of %d: %v, want %v", c.successes, c.n, got, c.want)
		}
	}
}
