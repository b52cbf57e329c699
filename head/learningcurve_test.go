package head

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
)

func mustMeasure(t testing.TB, x Matrix, labels []int, opt CurveOptions) *LearningCurve {
	t.Helper()
	c, err := MeasureCurve(context.Background(), x, labels, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLearningCurveRises(t *testing.T) {
	x, labels, _ := draw(400, 64, 4, 1)
	c := mustMeasure(t, x, labels, CurveOptions{Workers: 2})
	if c.HeldOut != 100 || c.Images != 300 || c.Classes != 4 || c.Head != LogisticUnit || c.C == 0 || c.Unused != 0 {
		t.Errorf("%+v", c)
	}
	var sizes []int
	for _, p := range c.Points {
		sizes = append(sizes, p.PerClass)
		if p.Images != float64(4*p.PerClass) {
			t.Errorf("%d a class are %g images", p.PerClass, p.Images)
		}
	}
	if !slices.Equal(sizes, []int{2, 5, 10, 20, 50, 75}) {
		t.Errorf("sizes %v", sizes)
	}
	first, last := c.Points[0], c.Points[len(c.Points)-1]
	if first.Draws != 20 || last.Draws != 1 || first.AccuracySD == 0 || last.AccuracySD != 0 {
		t.Errorf("%+v, %+v", first, last)
	}
	if last.Accuracy < first.Accuracy+0.1 || last.LogLoss > first.LogLoss/2 || c.Chance < 0.2 || c.Chance > 0.3 {
		t.Errorf("chance %g, then %+v, %+v", c.Chance, first, last)
	}
	c.outcomes = nil
	again := mustMeasure(t, x, labels, CurveOptions{Workers: 5})
	if again.outcomes = nil; !reflect.DeepEqual(again, c) {
		t.Error("five workers measure another curve than two")
	}
	for _, kind := range []string{LDA, MLP, Logistic} {
		c := mustMeasure(t, x, labels, CurveOptions{Head: kind, Draws: 2, Hidden: 16})
		if last := c.Points[len(c.Points)-1]; c.Head != kind || last.Accuracy < 0.7 {
			t.Errorf("%s: %+v", kind, last)
		}
	}
}

// What is learnt from and what is measured on never share a group, marked or not.
func TestLearningCurveKeepsGroups(t *testing.T) {
	_, labels, _ := draw(200, 4, 2, 1)
	groups := make([]int, 200)
	for i := range groups {
		groups[i] = i / 4
	}
	marked := make([]bool, 200)
	for i := range 30 { // the last group is marked in part
		marked[i] = true
	}
	for _, held := range [][]bool{nil, marked} {
		d, err := newDrawing(labels, CurveOptions{Groups: groups, HeldOut: held, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		inHeld := map[int]bool{}
		for _, row := range d.held {
			inHeld[groups[row]] = true
		}
		for _, k := range d.sizes() {
			for n := range 5 {
				rows := d.draw(k, n)
				count := map[int]int{}
				for _, row := range rows {
					count[groups[row]]++
					if inHeld[groups[row]] {
						t.Fatalf("row %d is learnt from, and its group held out", row)
					}
				}
				for group, n := range count {
					if n != 4 {
						t.Errorf("%d rows of group %d are drawn", n, group)
					}
				}
			}
		}
		if len(d.draw(d.largest, 0)) != len(d.pool) {
			t.Error("a draw of all leaves some out")
		}
	}
}

// Labels at random have a curve at the level of chance, and more of them bring
// nothing that is promised.
func TestLearningCurveOfNothing(t *testing.T) {
	x, _, _ := draw(300, 64, 1, 2)
	rng := rand.New(rand.NewPCG(1, 1))
	labels := make([]int, 300)
	for i := range labels {
		labels[i] = rng.IntN(2)
	}
	c := mustMeasure(t, x, labels, CurveOptions{})
	for _, p := range c.Points {
		if math.Abs(p.Accuracy-0.5) > 0.15 {
			t.Errorf("%+v", p)
		}
	}
	if c.Accuracy.Verdict == Improves {
		t.Errorf("%+v", c.Accuracy)
	}
}

func TestLearningCurveRefuses(t *testing.T) {
	x, labels, _ := draw(40, 8, 2, 1)
	for name, opt := range map[string]CurveOptions{
		"auto":         {Head: Auto},
		"no such kind": {Head: "x"},
		"C of LDA":     {Head: LDA, C: 1},
		"draws":        {Draws: -1},
		"held out":     {HeldOut: make([]bool, 3)},
		"nothing held": {HeldOut: make([]bool, 40)},
		"one group":    {Groups: make([]int, 40)},
	} {
		if _, err := MeasureCurve(t.Context(), x, labels, opt); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := MeasureCurve(t.Context(), x, make([]int, 40), CurveOptions{}); err != ErrOneClass {
		t.Error(err)
	}
}

func TestLearningCurveLeavesOutWhatTakesTooLong(t *testing.T) {
	defer func(fit, size int) { maxFitProducts, maxSizeProducts = fit, size }(maxFitProducts, maxSizeProducts)
	maxFitProducts, maxSizeProducts = 50*2*8, 100*2*8
	x, labels, _ := draw(200, 8, 2, 1)
	c := mustMeasure(t, x, labels, CurveOptions{})
	last := c.Points[len(c.Points)-1]
	if last.PerClass != 20 || last.Draws != 3 || c.Points[0].Draws != 20 || c.Unused != 150-40 {
		t.Errorf("%d unused, last %+v", c.Unused, last)
	}
	maxFitProducts = 1
	if _, err := MeasureCurve(t.Context(), x, labels, CurveOptions{}); err == nil {
		t.Error("there is a curve of nothing")
	}
}

func TestLearningCurveStops(t *testing.T) {
	x, labels, _ := draw(120, 16, 2, 1)
	headtest.EveryStop(t, 100, func(ctx context.Context) error {
		_, err := MeasureCurve(ctx, x, labels, CurveOptions{Draws: 3, Workers: 1})
		return err
	})
}

// synthetic is a curve whose errors follow a law, as those of so many held-out images
// do: each is wrong if it is among the hardest, with some luck of the draw.
func synthetic(law Law, held, points int, rng *rand.Rand) *LearningCurve {
	c := &LearningCurve{HeldOut: held}
	hard := make([]float64, held)
	for i := range hard {
		hard[i] = rng.Float64()
	}
	for _, k := range []int{2, 5, 10, 20, 50, 100, 200}[:points] {
		draws := 20
		if k == []int{2, 5, 10, 20, 50, 100, 200}[points-1] {
			draws = 1
		}
		outcomes := make([]outcome, draws)
		for n := range outcomes {
			level := law.At(float64(2*k)) * (1 + 0.1*rng.NormFloat64())
			o := outcome{images: 2 * k, wrong: make([]float64, held), loss: make([]float64, held)}
			for i, h := range hard {
				if h < level {
					o.wrong[i] = 1
				}
				o.loss[i] = level * (0.5 + h)
			}
			outcomes[n] = o
		}
		c.Images = 2 * k
		c.outcomes = append(c.outcomes, outcomes)
		c.Points = append(c.Points, newPoint(k, outcomes))
	}
	return c
}

// On curves of which the truth is known, intervals cover it about as often as they
// should, and verdicts are right.
func TestProjectionsOfKnownLaws(t *testing.T) {
	const runs = 20
	for _, c := range []struct {
		name           string
		law            Law
		most, atLeast  string // no verdict but these
		leastOfAtLeast int    // how often atLeast
	}{
		{"falls", Law{A: 0.02, B: 1, C: 0.4}, Unclear, Improves, runs / 2},
		{"flat", Law{A: 0.1, B: 0, C: 1}, Unclear, Saturated, runs / 2},
		{"has fallen", Law{A: 0.05, B: 1, C: 1}, Unclear, Saturated, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(5, 5))
			verdicts := map[string]int{}
			var covered, gains int
			for range runs {
				curve := synthetic(c.law, 200, 7, rng)
				if err := curve.project(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				p := curve.Accuracy
				verdicts[p.Verdict]++
				truth := c.law.At(p.Images)
				if p.Interval.Low <= 1-truth && 1-truth <= p.Interval.High {
					covered++
				}
				if gain := c.law.At(p.Images/2) - truth; p.GainInterval.Low <= gain && gain <= p.GainInterval.High {
					gains++
				}
			}
			t.Logf("interval covers %d of %d, that of the gain %d; verdicts %v", covered, runs, gains, verdicts)
			if covered < runs*9/10 || gains < runs*8/10 {
				t.Errorf("the interval covers the truth %d times of %d, that of the gain %d times", covered, runs, gains)
			}
			if verdicts[c.most]+verdicts[c.atLeast] < runs*95/100 || verdicts[c.atLeast] < c.leastOfAtLeast {
				t.Error(verdicts)
			}
		})
	}
}

func TestFewPointsTellNothing(t *testing.T) {
	curve := synthetic(Law{A: 0.02, B: 1, C: 0.4}, 300, 3, rand.New(rand.NewPCG(1, 1)))
	if err := curve.project(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, p := range []Projection{curve.Accuracy, curve.LogLoss} {
		if p.Verdict != Unclear || p.Why == "" || p.Gain != 0 {
			t.Errorf("%+v", p)
		}
	}
}

func BenchmarkCurve(b *testing.B) {
	x, labels, _ := draw(10000, 1280, 10, 1)
	for b.Loop() {
		began := time.Now()
		c := mustMeasure(b, x, labels, CurveOptions{})
		fmt.Printf("%v, C %g\n", time.Since(began), c.C)
		for _, p := range c.Points {
			fmt.Printf("%+v\n", p)
		}
		fmt.Printf("%+v\n%+v\n", c.Accuracy, c.LogLoss)
	}
}
