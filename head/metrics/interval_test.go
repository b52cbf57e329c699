package metrics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestGroupsOfOneChangeNothing(t *testing.T) {
	has := []bool{true, false, true, true, false, true, true}
	groups := []int{4, -1, 7, 0, 9, 12, 3}
	if got, want := ShareOf(has, groups), ShareOf(has, nil); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestCopiesAreWorthOneImage(t *testing.T) {
	for _, wrong := range []int{0, 1, 7, 30, 60} {
		var once, thrice []bool
		var groups []int
		for i := range 60 {
			once = append(once, i >= wrong)
			for range 3 {
				thrice = append(thrice, i >= wrong)
				groups = append(groups, i)
			}
		}
		got, want := ShareOf(thrice, groups), ShareOf(once, nil)
		if math.Abs(got.Interval.Low-want.Interval.Low) > 1e-12 || math.Abs(got.Interval.High-want.Interval.High) > 1e-12 {
			t.Errorf("%d of 60 wrong: %v with copies, %v without", wrong, got.Interval, want.Interval)
		}
		if got.Images != 180 || got.Groups != 60 {
			t.Errorf("%+v", got)
		}
	}
}

// A first mistake must not raise the lower end.
func TestMistakesNeverRaiseTheInterval(t *testing.T) {
	has, groups := make([]bool, 180), make([]int, 180)
	for i := range has {
		has[i], groups[i] = true, i/3
	}
	last := ShareOf(has, groups).Interval
	for i := range 60 {
		has[i*3] = false // one of each group
		next := ShareOf(has, groups).Interval
		if next.Low > last.Low+0.002 {
			t.Errorf("%d mistakes: from %v up to %v", i+1, last, next)
		}
		last = next
	}
}

func TestIntervalsOfGroupsCoverTheTruth(t *testing.T) {
	for _, test := range []struct {
		groups, smallest, largest int
		share, correlation        float64 // of images of a group
	}{
		{20, 5, 5, 0.9, 0.3}, {40, 5, 5, 0.9, 0.3}, {20, 3, 3, 0.95, 0.8},
		{60, 1, 8, 0.9, 0.5}, {30, 1, 20, 0.8, 0.2}, {30, 1, 20, 0.8, 0.7}, {60, 3, 3, 0.97, 0.5}, {15, 10, 10, 0.85, 0.1},
	} {
		rng := rand.New(rand.NewPCG(1, 1))
		const times = 2000
		covered := 0
		for range times {
			has, groups := drawGroups(test.groups, test.smallest, test.largest, test.share, test.correlation, rng)
			in := ShareOf(has, groups).Interval
			if in.Low <= test.share && test.share <= in.High {
				covered++
			}
		}
		if float64(covered)/times < 0.93 {
			t.Errorf("%+v: only %d of %d intervals cover the share", test, covered, times)
		}
	}
}

// drawGroups draws images of a share, such that two of a group are equal by the
// correlation and by chance: an image is as its group's first, or drawn by itself.
func drawGroups(groups, smallest, largest int, share, correlation float64, rng *rand.Rand) (has []bool, of []int) {
	same := math.Sqrt(correlation)
	for g := range groups {
		whole := rng.Float64() < share
		for range smallest + rng.IntN(largest-smallest+1) {
			hit := whole
			if rng.Float64() >= same {
				hit = rng.Float64() < share
			}
			has, of = append(has, hit), append(of, g)
		}
	}
	return has, of
}

func TestAShareInWords(t *testing.T) {
	for want, s := range map[string]Share{
		"50.0 % (1 of 2 images; 95 % interval 9.5 to 90.5 %)":               ShareOf([]bool{true, false}, nil),
		"25.0 % (1 of 4 images in 2 groups; 95 % interval 3.4 to 76.1 %)":   ShareOf([]bool{true, false, false, false}, []int{0, 0, 1, 1}),
		"0.0 % (0 of 0 images; 95 % interval 0.0 to 0.0 %)":                 ShareOf(nil, nil),
		"100.0 % (2 of 2 images in 1 group; 95 % interval 20.7 to 100.0 %)": ShareOf([]bool{true, true}, []int{3, 3}),
	} {
		if s.String() != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
}

func TestSummaryNamesGroups(t *testing.T) {
	probabilities := [][]float64{{0.9, 0.1}, {0.8, 0.2}, {0.3, 0.7}}
	s := Evaluate(probabilities, []int{0, 0, 1}, []int{5, 5, 6}, names(2)).Scores
	if !strings.HasSuffix(s.Summary(), ", on 3 images in 2 groups") || s.Groups != 2 {
		t.Errorf("%q, %+v", s.Summary(), s)
	}
	if alone := Evaluate(probabilities, []int{0, 0, 1}, nil, names(2)).Scores; alone.Interval.Low <= s.Interval.Low || alone.Groups != 0 {
		t.Errorf("%+v in groups, %+v alone", s, alone)
	}
}
