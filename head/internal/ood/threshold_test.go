package ood

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestThresholdEqualsNumpyAndScipy(t *testing.T) {
	for _, want := range readReference(t).Thresholds {
		n := len(want.Scores)
		groups := make([]int, n)
		for i := range groups {
			groups[i] = i
		}
		got, lost := threshold(want.Scores, slices.Repeat([]float64{1}, n), groups, want.Share)
		for what, pair := range map[string][2]float64{
			"threshold": {got, want.Threshold}, "expected": {lost.Expected, want.Expected},
			"low": {lost.Low, want.Low}, "high": {lost.High, want.High},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Errorf("%d scores, share %v: %s %v, want %v", n, want.Share, what, pair[0], pair[1])
			}
		}
	}
}

func TestThresholdOfFewScoresIsTheLargest(t *testing.T) {
	got, lost := threshold([]float64{0.3, 0.1, 0.2}, []float64{1, 1, 1}, []int{0, 1, 2}, 0.95)
	if got != 0.3 || lost.Expected != 0.25 || lost.Low != 0 {
		t.Errorf("%v, %+v", got, lost)
	}
}

func TestThresholdCountsImagesThatReferencesStandFor(t *testing.T) {
	members := [][]int{make([]int, 9000), make([]int, 1000), make([]int, 100)}
	chosen := choose(members, rand.New(rand.NewPCG(1, 1)))
	scores, weights, groups := make([]float64, len(chosen)), make([]float64, len(chosen)), make([]int, len(chosen))
	var images float64
	for i, c := range chosen {
		scores[i], groups[i] = float64(i), i // ascending, class by class
		weights[i] = c.weight
		images += c.weight
	}
	if len(chosen) != maxReferences || math.Abs(images-10100) > 1e-6 {
		t.Errorf("%d references stand for %v images", len(chosen), images)
	}
	// 950 references of the first class and of the second, all of the third.
	for share, want := range map[float64]float64{4500. / 10100: 475, 9000. / 10100: 950, 9500. / 10100: 1425, 1: 1999} {
		if got, _ := threshold(scores, weights, groups, share); math.Abs(got-want) > 6 { // a rank is up to nine of them
			t.Errorf("the share %v ends at reference %v, want %v", share, got, want)
		}
	}
}

// Images that are there three times say no more than once.
func TestCopiesChangeNoThreshold(t *testing.T) {
	x, labels := draw(60, 32, 0, 2, 1)
	copies := make([]int, 180)
	threeLabels := make([]int, 180)
	for i := range copies {
		copies[i], threeLabels[i] = i%60, labels[i%60]
	}
	thrice := matrix.Selection{Float32: x, Rows: copies}
	for _, share := range []float64{0.8, 0.95, 0.99} {
		opt := Options{KnownRecall: share, Workers: 2}
		m, r, err := Fit(context.Background(), thrice, threeLabels, copies, 2, opt)
		if err != nil {
			t.Fatal(err)
		}
		_, want := threshold(make([]float64, 60), slices.Repeat([]float64{1}, 60), copies[:60], share)
		if math.Abs(r.Lost.Expected-want.Expected) > 1e-12 {
			t.Errorf("share %v: %+v with copies, %+v without", share, r.Lost, want)
		}
		scores, err := r.Scores(context.Background(), thrice)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Min(scores) < 0.01 {
			t.Errorf("an image is %v from its own copies", slices.Min(scores))
		}
		if got, _ := threshold(scores[:60], slices.Repeat([]float64{1}, 60), copies[:60], share); math.Abs(got-m.Parameters().Threshold) > 1e-9 {
			t.Errorf("share %v: threshold %v with copies, %v without", share, m.Parameters().Threshold, got)
		}
	}
}

func TestOneGroupIsAsNone(t *testing.T) {
	x, labels := draw(20, 8, 0, 2, 1)
	want := mustFit(t, x, labels, 2, usual).Parameters().Threshold
	m, _, err := Fit(context.Background(), x, labels, make([]int, 20), 2, usual)
	if err != nil || m.Parameters().Threshold != want {
		t.Errorf("threshold %v, want %v, %v", m.Parameters().Threshold, want, err)
	}
}

// Where a class has but one group, none of its images was scored as a new one.
func TestNothingIsPromisedOfAClassInOneGroup(t *testing.T) {
	x, labels := draw(20, 8, 0, 2, 1)
	pairs, class := make([]int, 20), make([]int, 20)
	for i, label := range labels {
		pairs[i] = i / 4
		if class[i] = pairs[i]; label == 1 {
			class[i] = -1
		}
	}
	one := append([]int{1}, make([]int, 19)...)
	for _, test := range []struct {
		name           string
		labels, groups []int
		measured       bool
	}{
		{"no groups", labels, nil, true},
		{"pairs", labels, pairs, true},
		{"a class in one group", labels, class, false},
		{"all in one group", labels, make([]int, 20), false},
		{"a class of one image", one, nil, false},
	} {
		_, r, err := Fit(context.Background(), x, test.labels, test.groups, 2, usual)
		if err != nil || (r.Lost != nil) != test.measured {
			t.Errorf("%s: %+v, %v", test.name, r.Lost, err)
		}
	}
}

// Rows that are no references are scored by those of other groups, too.
func TestEveryRowIsScoredWithoutItsGroup(t *testing.T) {
	x, labels := draw(2300, 7, 0, 2, 1)
	groups := make([]int, 2300)
	for i := range groups {
		groups[i] = i / 10
	}
	m, r, err := Fit(context.Background(), x, labels, groups, 2, usual)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := r.Scores(context.Background(), x)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range scores {
		if s < m.Score(x.Row(i)) {
			t.Fatalf("row %d scores %v without its group and %v with it", i, s, m.Score(x.Row(i)))
		}
	}
	headtest.EveryStop(t, 50, func(ctx context.Context) error {
		_, err := r.Scores(ctx, matrix.Dense{Data: x.Data[:7*50], Cols: 7})
		return err
	})
}

// Over many draws the share of new images above the threshold is what was
// promised, and the interval covers it.
func TestNewImagesAreLostAsPromised(t *testing.T) {
	for _, test := range []struct {
		images int
		share  float64
	}{{60, 0.95}, {60, 0.9}, {200, 0.95}} {
		const draws = 100
		var sum, expected float64
		covered := 0
		for seed := range uint64(draws) {
			x, labels := draw(test.images, 16, 0, 2, seed+1)
			m, r, err := Fit(context.Background(), x, labels, nil, 2, Options{KnownRecall: test.share, Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			unseen, _ := draw(1000, 16, 0, 2, seed+1000)
			lost := 1 - kept(m, unseen)
			sum += lost
			expected = r.Lost.Expected
			if r.Lost.Low <= lost && lost <= r.Lost.High {
				covered++
			}
		}
		if math.Abs(sum/draws-expected) > 0.01 || covered < 93 {
			t.Errorf("%+v: %.4f lost of %.4f, %d of %d covered", test, sum/draws, expected, covered, draws)
		}
	}
}
