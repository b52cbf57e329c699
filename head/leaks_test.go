package head

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/digitalinnovationone/headstart/head/metrics"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// copied returns so many copies of each of n rows, with noise added to all, their
// labels, drawn at random, and the row that each is a copy of.
func copied(n, times int, noise float32, seed uint64) (x matrix.Dense, labels, groups []int) {
	const dim = 48
	originals, _, _ := draw(n, dim, 2, seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	drawn := make([]int, n)
	for i := range drawn {
		drawn[i] = i % 2
	}
	rng.Shuffle(n, func(i, j int) { drawn[i], drawn[j] = drawn[j], drawn[i] })
	x = matrix.New(n*times, dim)
	for i := range x.Len() {
		for j, v := range originals.Row(i % n) {
			x.Row(i)[j] = v + noise*float32(rng.NormFloat64())
		}
		labels, groups = append(labels, drawn[i%n]), append(groups, i%n)
	}
	return x, labels, groups
}

// TestRandomLabelsWithCopiesScoreAsChance has copies in groups, exact and with
// noise. Alone, they would be recognised.
func TestRandomLabelsWithCopiesScoreAsChance(t *testing.T) {
	const n = 60
	deviation := math.Sqrt(0.25 / n) // of the accuracy of a guess, by groups
	for _, noise := range []float32{0, 0.05} {
		x, labels, groups := copied(n, 3, noise, 5)
		for _, kind := range Kinds() {
			_, report := mustFit(t, x, labels, names(2), Options{Head: kind, Groups: groups})
			if a := report.CrossValidated.Accuracy; math.Abs(a-0.5) > 3*deviation {
				t.Errorf("%s, noise %v: accuracy %v", kind, noise, a)
			}
			if loss := report.CrossValidated.LogLoss; loss < math.Ln2-0.02 {
				t.Errorf("%s, noise %v: log-loss %v", kind, noise, loss)
			}
			for row, fold := range report.OutOfFold.Folds {
				if first := report.OutOfFold.Folds[groups[row]]; fold != first {
					t.Fatalf("copies in folds %d and %d", first, fold)
				}
			}
			if _, alone := mustFit(t, x, labels, names(2), Options{Head: kind}); alone.CrossValidated.Accuracy < 0.8 {
				t.Errorf("%s, noise %v: accuracy %v without groups, the test tests nothing", kind, noise, alone.CrossValidated.Accuracy)
			}
		}
	}
}

// TestCIsNotChosenOnCopies: where copies are held out alone, the least penalty is
// best, as it learns them by heart.
func TestCIsNotChosenOnCopies(t *testing.T) {
	x, labels, groups := copied(60, 3, 0, 5)
	_, alone := mustFit(t, x, labels, names(2), Options{Head: Logistic})
	_, together := mustFit(t, x, labels, names(2), Options{Head: Logistic, Groups: groups})
	if alone.C < 1 || together.C > 0.01 {
		t.Errorf("C %v, and %v with groups", alone.C, together.C)
	}
}

// TestCopiesDoNotMakeADifferenceSignificant: three copies of values tell no more
// than one.
func TestCopiesDoNotMakeADifferenceSignificant(t *testing.T) {
	values := []float64{1, 4, 2, 8, 5, 7}
	groups := []int{0, 1, 2, 3, 4, 5}
	one, three := standardError(values, nil), standardError(slices.Repeat(values, 3), slices.Repeat(groups, 3))
	if math.Abs(three/one-1) > 1e-12 || standardError(slices.Repeat(values, 3), nil) > one/1.5 {
		t.Errorf("standard error %v, of copies %v", one, three)
	}
	if want := stat.StdErr(stat.StdDev(values, nil), 6); math.Abs(one/want-1) > 1e-12 {
		t.Errorf("standard error %v, want %v", one, want)
	}
}

// TestScoresAreNotOfWhatChoseThem draws labels at random: whatever is chosen, the
// mean log-loss is no better than that of a guess. It logs the same of the choice
// by all rows, which flatters.
func TestScoresAreNotOfWhatChoseThem(t *testing.T) {
	const draws = 30
	for _, n := range []int{20, 40, 60, 100} {
		for _, kind := range Kinds() {
			if kind == MLP || kind == LDA {
				continue // nothing is chosen but the temperature
			}
			var all, crossFitted metrics.Scores
			for seed := range uint64(draws) {
				x, labels, _ := copied(n, 1, 0, seed+100)
				p := &problem{labels: labels, classes: 2, opt: Options{Head: kind, Seed: seed}}
				if err := p.opt.complete(n); err != nil {
					t.Fatal(err)
				}
				p.split(names(2), x.Dim())
				best, told, _, err := p.choose(t.Context(), []Input{{X: x}})
				if err != nil {
					t.Fatal(err)
				}
				add(t, &all, temperatureScaled(at(best.logits, best.temperature)), p.scorableLabels, draws)
				add(t, &crossFitted, told.probabilities(true), p.scorableLabels, draws)
			}
			t.Logf("%d images, %s: accuracy %.3f and log-loss %.4f by the choice of all, %.3f and %.4f cross-fitted",
				n, kind, all.Accuracy, all.LogLoss, crossFitted.Accuracy, crossFitted.LogLoss)
			deviation := math.Sqrt(0.25 / float64(draws*n))
			if crossFitted.LogLoss < math.Ln2-0.005 || crossFitted.Accuracy > 0.5+3*deviation {
				t.Errorf("%d images, %s: log-loss %v and accuracy %v", n, kind, crossFitted.LogLoss, crossFitted.Accuracy)
			}
		}
	}
}

// add adds the scores of one of several draws to their mean.
func add(t *testing.T, mean *metrics.Scores, probabilities func(i int) []float64, labels []int, draws float64) {
	t.Helper()
	m, err := metrics.EvaluateRows(t.Context(), probabilities, labels, nil, names(2))
	if err != nil {
		t.Fatal(err)
	}
	mean.Accuracy += m.Accuracy / draws
	mean.LogLoss += m.LogLoss / draws
}

func TestFewerThanTwoClassesAreNotMeasured(t *testing.T) {
	x, _, classes := draw(22, 8, 3, 1)
	few := append(slices.Repeat([]int{0}, 20), 1, 2)
	inOneGroup := make([]int, 22)
	for i := range inOneGroup {
		inOneGroup[i] = i
		if i >= 10 {
			inOneGroup[i] = 10
		}
	}
	half := append(slices.Repeat([]int{0}, 10), slices.Repeat([]int{1}, 12)...)
	for _, c := range []struct {
		labels, groups []int
		classes        int
		why            string
	}{
		{few, nil, 3, `only class "c0" has two images`},
		{half, inOneGroup, 2, `only class "c0" has two images in different groups`},
		{half, make([]int, 22), 2, `no class has two images in different groups`},
	} {
		for _, kind := range Kinds() {
			h, report := mustFit(t, x, c.labels, classes[:c.classes], Options{Head: kind, Groups: c.groups})
			if report.NotMeasured != c.why || report.CrossValidated != nil || report.Calibration != nil || report.OutOfFold != nil || report.Folds != 0 || h.temperature != 1 {
				t.Errorf("%s: %+v", kind, report)
			}
			if kind == Auto && (report.Head != LogisticUnit || report.C != defaultC) {
				t.Errorf("%s with C %v", report.Head, report.C)
			}
		}
	}
}

// TestGroupsThatCannotBeStratifiedAreTold has a class in one group, and one whose
// groups are of different sizes.
func TestGroupsThatCannotBeStratifiedAreTold(t *testing.T) {
	x, _, classes := draw(60, 8, 3, 1)
	labels, groups := make([]int, 60), make([]int, 60)
	for i := range labels {
		labels[i], groups[i] = min(i/20, 2), i
		switch {
		case i >= 50:
			groups[i] = 50
		case i >= 20 && i < 32:
			labels[i], groups[i] = 1, 20
		case i >= 40:
			labels[i] = 0
		}
	}
	_, report := mustFit(t, x, labels, classes, Options{Groups: groups})
	if !slices.Equal(report.Unmeasured, []string{"c2"}) || report.CrossValidated.Classes[2].Images != 0 {
		t.Errorf("not measured: %v", report.Unmeasured)
	}
	if want := []Uneven{{"c1", 2, 12}, {"c2", 0, 10}}; !slices.Equal(report.Uneven, want) {
		t.Errorf("uneven: %v, want %v", report.Uneven, want)
	}
	_, report = mustFit(t, x, labels, classes, Options{})
	if report.Unmeasured != nil || report.Uneven != nil {
		t.Errorf("without groups %v are not measured and %v uneven", report.Unmeasured, report.Uneven)
	}
}

// TestGroupsAndWeightsOnAnyNumberOfCores also renames the groups, which are but
// numbers.
func TestGroupsAndWeightsOnAnyNumberOfCores(t *testing.T) {
	x, labels, groups := copied(50, 3, 0.3, 2)
	weights, renamed := Balanced(labels, 2), make([]int, len(groups))
	for i := range weights {
		weights[i] *= float64(i % 4)
		renamed[i] = 7 - 3*groups[i]
	}
	for _, kind := range Kinds() {
		h, report := mustFit(t, x, labels, names(2), Options{Head: kind, Hidden: 16, Groups: groups, Weights: weights, Workers: 1})
		again, _ := mustFit(t, x, labels, names(2), Options{Head: kind, Hidden: 16, Groups: renamed, Weights: weights, Workers: 3})
		one, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		three, err := again.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one, three) {
			t.Errorf("%s: another head", kind)
		}
		if a := report.CrossValidated.Accuracy; a > 0.75 {
			t.Errorf("%s: accuracy %v of labels drawn at random", kind, a)
		}
	}
}

// TestCrossFittedTemperatures compares those found from a common start with those
// of the others' rows alone.
func TestCrossFittedTemperatures(t *testing.T) {
	for _, rows := range []int{20, 2000} {
		logits, labels := drawLogits(rows, 3, 3)
		p := &problem{scorableLabels: labels, parts: 5, opt: Options{Workers: 2}}
		for i := range rows {
			p.part = append(p.part, i%5)
		}
		all := &trial{logits: logits, temperature: mustTemperature(t, logits, labels, 2)}
		if err := p.crossFit(t.Context(), all, targets{labels: labels}); err != nil {
			t.Fatal(err)
		}
		for part, temperature := range all.crossTemperatures {
			var others [][]float32
			var theirs []int
			for i, of := range p.part {
				if of != part {
					others, theirs = append(others, logits[i]), append(theirs, labels[i])
				}
			}
			if want := mustTemperature(t, others, theirs, 2); math.Abs(temperature/want-1) > 1e-3 {
				t.Errorf("%d rows, part %d: temperature %v, want %v", rows, part, temperature, want)
			}
		}
	}
}
