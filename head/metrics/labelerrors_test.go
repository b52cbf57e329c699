package metrics

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// labelsReference holds label errors that cleanlab finds and the noise that scipy
// fits, see testdata/README.md.
type labelsReference []struct {
	Name            string
	Proba           [][]float64
	Y, Changed      []int
	Found           map[string]int // of Changed, by each of cleanlab's rankings
	Share, Exponent float64
	Wrong           []float64
}

func readLabelsReference(t *testing.T) labelsReference {
	t.Helper()
	data, err := os.ReadFile("testdata/labels.json")
	if err != nil {
		t.Fatal(err)
	}
	var r labelsReference
	if err := json.Unmarshal(data, &r); err != nil || len(r) == 0 {
		t.Fatal(err, "or no references")
	}
	return r
}

func TestLabelErrorsAgreeWithScipyAndFindWhatCleanlabFinds(t *testing.T) {
	for _, c := range readLabelsReference(t) {
		noise, err := FitLabelNoise(t.Context(), func(i int) []float64 { return c.Proba[i] }, c.Y, nil, len(c.Proba[0]))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(noise.Share-c.Share) > 1e-5 || noise.exponent != c.Exponent {
			t.Errorf("%s: share %v, exponent %v; want %v, %v", c.Name, noise.Share, noise.exponent, c.Share, c.Exponent)
		}
		order := make([]int, len(c.Y))
		wrong := make([]float64, len(c.Y))
		for i, label := range c.Y {
			order[i] = i
			wrong[i] = noise.Wrong(c.Proba[i][label])
			if math.Abs(wrong[i]-c.Wrong[i]) > 1e-4 {
				t.Errorf("%s: label %d is wrong with probability %v, want %v", c.Name, i, wrong[i], c.Wrong[i])
			}
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wrong[b], wrong[a]) })
		found := 0
		for _, i := range order[:len(c.Changed)] {
			if slices.Contains(c.Changed, i) {
				found++
			}
		}
		for ranking, n := range c.Found {
			if found < n {
				t.Errorf("%s: of %d changed labels %d are found, by %s %d", c.Name, len(c.Changed), found, ranking, n)
			}
		}
	}
}

// Labels at random have no errors that stand out.
func TestNoLabelIsWrongWhereNothingIsLearnt(t *testing.T) {
	labels := make([]int, 60)
	for i := range labels {
		labels[i] = i % 3
	}
	even := []float64{0.34, 0.33, 0.33}
	noise, err := FitLabelNoise(t.Context(), func(int) []float64 { return even }, labels, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := noise.Wrong(0.33); wrong > 0.1 {
		t.Errorf("wrong with probability %v", wrong)
	}
	// A class that the fit did not know has probability 0.
	if wrong := noise.Wrong(0); wrong < 0.9 || wrong > 1 {
		t.Errorf("an impossible label is wrong with probability %v", wrong)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FitLabelNoise(ctx, func(int) []float64 { return even }, labels, nil, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// All labels of one group are unlikely, and one of each of ten others: these are
// wrong, but of that group the classifier knows nothing.
func TestLabelsOfAStrangeGroupAreNotSuspected(t *testing.T) {
	var labels, groups []int
	var p [][]float64
	for i := range 400 {
		labels, groups = append(labels, 0), append(groups, i/4)
		p = append(p, []float64{0.998, 0.001, 0.001})
		if i < 4 || i >= 200 && i < 240 && i%4 == 0 {
			p[i] = []float64{0.001, 0.998, 0.001}
		}
	}
	noise, err := FitLabelNoise(t.Context(), func(i int) []float64 { return p[i] }, labels, groups, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 3, 100, 200, 236} {
		wrong := noise.Known(i) * noise.Wrong(p[i][0])
		if suspected := i >= 200; suspected != (wrong > 0.5) {
			t.Errorf("label %d is wrong with probability %v", i, wrong)
		}
	}
	// Likewise those of a group that was not fitted.
	if known := noise.KnownGroup([]float64{0.001, 0.001, 0.001, 0.001}); known > 0.1 {
		t.Errorf("a strange group is known with probability %v", known)
	}
	for _, p := range [][]float64{{0.001}, {0.998, 0.998}, {0.998, 0.001}} {
		if known := noise.KnownGroup(p); known < 0.5 {
			t.Errorf("%v: known with probability %v", p, known)
		}
	}
}

// The classifier is right about one image in two, its probabilities are as even as
// that, and of every third group it knows nothing: all labels are right.
func TestAWeakClassifierSuspectsFewLabels(t *testing.T) {
	const classes = 6
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var labels, groups []int
		var p [][]float64
		for group := range 120 {
			row, sum := make([]float64, classes), 0.0
			for k := range row {
				row[k] = math.Exp(1.3 * rng.NormFloat64())
				sum += row[k]
			}
			floats.Scale(1/sum, row)
			label := rng.IntN(classes)
			if group%3 > 0 { // drawn by the probabilities
				for label = 0; label < classes-1 && rng.Float64() > row[label]/floats.Sum(row[label:]); label++ {
				}
			}
			for range 1 + group%4 {
				labels, groups, p = append(labels, label), append(groups, group), append(p, row)
			}
		}
		noise, err := FitLabelNoise(t.Context(), func(i int) []float64 { return p[i] }, labels, groups, classes)
		if err != nil {
			t.Fatal(err)
		}
		suspected := 0
		for i, label := range labels {
			if noise.Known(i)*noise.Wrong(p[i][label]) > 0.5 {
				suspected++
			}
		}
		if suspected > len(labels)/100 {
			t.Errorf("seed %d: %d of %d labels are suspected", seed, suspected, len(labels))
		}
	}
}

// Of three images of a group, one has another label.
func TestLabelsOfAGroupThatDifferAreDoubted(t *testing.T) {
	labels, groups := []int{0, 0, 1, 1, 1, 0, 0}, []int{7, 7, 7, 3, 3, 5, 9}
	g := NewGroupLabels(labels, groups, 2)
	var change []float64 // of each label's probability
	for i, label := range labels {
		p := []float64{0.6, 0.4}
		before := p[label]
		g.Posterior(i, p)
		change = append(change, p[label]-before)
		if differs := i < 3; differs != (change[i] < 0) || math.Abs(p[0]+p[1]-1) > 1e-12 {
			t.Errorf("image %d: %v", i, p)
		}
	}
	if change[2] >= change[0] {
		t.Errorf("the label that two others contradict changes by %v, one that one contradicts by %v", change[2], change[0])
	}
}
