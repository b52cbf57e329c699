package head

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// TestFitBestTakesACostlierInputOnlyIfItIsBetter, and says how good the choice is, not
// the luckiest of many.
func TestFitBestTakesACostlierInputOnlyIfItIsBetter(t *testing.T) {
	input := func(name string, cost, apart float64, seed uint64) (Input, []int) {
		rng := rand.New(rand.NewPCG(seed, 0))
		x := matrix.New(90, 20)
		labels := make([]int, x.Len())
		for i := range labels {
			labels[i] = i % 3
			for j := range x.Row(i) {
				v := rng.NormFloat64()
				if j == labels[i] {
					v += apart
				}
				x.Row(i)[j] = float32(v)
			}
		}
		return Input{Name: name, X: x, Cost: cost}, labels
	}
	cheap, labels := input("cheap", 1, 1.5, 1)
	for _, c := range []struct {
		apart float64
		want  string
	}{{1.5, "cheap"}, {4, "dear"}} {
		dear, _ := input("dear", 4, c.apart, 2)
		other, _ := input("other", 2, 1, 3)
		h, report, err := FitBest(t.Context(), []Input{dear, cheap, other}, labels, names(3), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Input != c.want {
			t.Errorf("%v apart: %q is taken of %+v", c.apart, report.Input, report.Candidates)
		}
		chosen := cheap
		if c.want == dear.Name {
			chosen = dear
		}
		_, alone := mustFit(t, chosen.X, labels, names(3), Options{})
		if report.CrossValidated.LogLoss < alone.CrossValidated.LogLoss-1e-9 {
			t.Errorf("%v apart: log-loss %v, and %v of the input alone", c.apart, report.CrossValidated.LogLoss, alone.CrossValidated.LogLoss)
		}
		if !slices.Equal(h.Predict(chosen.X)[0], h.Probabilities(chosen.X.Row(0), nil)) {
			t.Error("the head is not of the input that is named")
		}
	}
}

// TestScoresOfAChoiceAmongManyInputsAreNotFlattered: of many inputs of noise the best
// says nothing.
func TestScoresOfAChoiceAmongManyInputsAreNotFlattered(t *testing.T) {
	var inputs []Input
	var labels []int
	for n := range 8 {
		x, l, _ := twoBlocks(60, true)
		rng := rand.New(rand.NewPCG(uint64(n), 9))
		for i := range x.Data {
			x.Data[i] = float32(rng.NormFloat64())
		}
		labels = l
		inputs = append(inputs, Input{Name: names(8)[n], X: x, Cost: float64(n)})
	}
	_, report, err := FitBest(t.Context(), inputs, labels, names(3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	const blind = 1.0986 // the logarithm of 3
	if got := report.CrossValidated.LogLoss; got < blind-0.02 {
		t.Errorf("a log-loss of %v for labels that nobody can tell", got)
	}
}

// TestFewImagesAClassTakeFewerFolds: a class of three cannot be in four.
func TestFewImagesAClassTakeFewerFolds(t *testing.T) {
	for images, want := range map[int]int{2: 3, 3: 3, 4: 4, 8: 5} {
		x, labels, classes := draw(images*10, 12, 10, 1)
		if _, report := mustFit(t, x, labels, classes, Options{}); report.Folds != want {
			t.Errorf("%d images a class: %d folds", images, report.Folds)
		}
	}
}
