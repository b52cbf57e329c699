package logistic

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/headtest"
	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

func TestGradientEqualsFiniteDifferences(t *testing.T) {
	for _, r := range references(t) {
		trainer := mustNew(t, r.problem(2))
		o := newObjective(trainer, 0.3, none)
		rng := rand.New(rand.NewPCG(1, 2))
		at := make([]float64, o.size())
		direction := make([]float64, o.size())
		for i := range at {
			at[i] = 0.2 * rng.NormFloat64()
			direction[i] = rng.NormFloat64()
		}
		gradient := make([]float64, o.size())
		value := func(step float64) float64 {
			p := floats.AddScaledTo(make([]float64, len(at)), at, step, direction)
			o.prepare(p)
			if err := trainer.pass.run(context.Background(), []*linearModel{&o.linearModel}); err != nil {
				t.Fatal(err)
			}
			return o.value(p, gradient)
		}
		const h = 1e-3 // float32 products hide smaller steps
		want := (value(h) - value(-h)) / (2 * h)
		value(0)
		if got := floats.Dot(gradient, direction); math.Abs(got-want) > 1e-3*math.Abs(want) {
			t.Errorf("%s: slope %v, difference quotient %v", r.Name, got, want)
		}
	}
}

func TestResultsAreTheSameOnAnyNumberOfWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, r := range references(t) {
		var model *Model
		var cv *CrossValidation
		for _, workers := range []int{1, 4, 3} {
			runtime.GOMAXPROCS(workers)
			trainer := mustNew(t, r.problem(workers))
			gotCV := mustCrossValidate(t, trainer, deal(r.N, 3), []float64{0.01, 0.1})
			got := mustFit(t, trainer, r.C)
			if model == nil {
				model, cv = got, gotCV
			}
			if !reflect.DeepEqual(got, model) || !reflect.DeepEqual(gotCV, cv) {
				t.Errorf("%s: another result on %d workers", r.Name, workers)
			}
		}
	}
}

// TestCrossValidateEqualsFitsWithoutTheFold leaves folds out by weights of 0
// instead. Unlike CrossValidate, these fits do not know the scale of all rows,
// so the features are as they are.
func TestCrossValidateEqualsFitsWithoutTheFold(t *testing.T) {
	for _, r := range references(t) {
		if r.Name == "many_wide_weighted" {
			continue // folds lack classes, whose offsets then have no optimum
		}
		p := r.problem(2)
		p.Standardise = false
		cs := []float64{0.003, 0.01, 0.03}
		folds := deal(r.N, 3)
		cv := mustCrossValidate(t, mustNew(t, p), folds, cs)
		for _, fold := range folds {
			without := p
			without.Weights = make([]float64, r.N)
			for row := range without.Weights {
				without.Weights[row] = p.weight(row)
			}
			for _, row := range fold {
				without.Weights[row] = 0
			}
			m := mustFit(t, mustNew(t, without), cv.Best.C)
			for _, row := range fold {
				for k, got := range cv.Logits[row] {
					want := float64(m.Offsets[k])
					factor := 1.0
					if p.Unit {
						factor = unitFactors(context.Background(), p.X, nil, newWorkers(1))[row]
					}
					for j, v := range p.X.Row(row) {
						want += factor * float64(v) * float64(m.Weights[k*r.D+j])
					}
					if math.Abs(float64(got)-want) > 0.05 {
						t.Fatalf("%s: logit %d of row %d is %v, a fit without its fold gives %v", r.Name, k, row, got, want)
					}
				}
			}
		}
	}
}

// TestAStartMayRuleOutAClass begins where a class of the rows has next to no
// probability, as cross-validation leaves one with a single row.
func TestAStartMayRuleOutAClass(t *testing.T) {
	for _, r := range references(t) {
		trainer := mustNew(t, r.problem(2))
		want := mustFit(t, trainer, r.C)
		for _, offset := range []float64{-40, -1000} {
			start := make(Start, outputs(r.K)*(r.D+1))
			start[len(start)-1] = offset
			m, err := trainer.Fit(t.Context(), r.C, start)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Solver; got.Status != Converged || math.Abs(got.Objective/want.Solver.Objective-1) > 1e-6 {
				t.Errorf("%s from %v: %+v, not %+v", r.Name, offset, got, want.Solver)
			}
		}
	}
}

func TestAWeightOfTwoIsTheRowTwice(t *testing.T) {
	r := references(t)[0]
	p := r.problem(2)
	x := p.X.(matrix.Dense)
	twice := p
	twice.X = matrix.Dense{Data: slices.Concat(x.Data, x.Data[:10*x.Cols]), Cols: x.Cols}
	twice.Labels = slices.Concat(p.Labels, p.Labels[:10])
	p.Weights = slices.Concat(slices.Repeat([]float64{2}, 10), slices.Repeat([]float64{1}, r.N-10))
	p.Standardise, twice.Standardise = false, false
	a, b := mustFit(t, mustNew(t, p), 1), mustFit(t, mustNew(t, twice), 1)
	for i, w := range a.Weights {
		if math.Abs(float64(w-b.Weights[i])) > 1e-4 {
			t.Errorf("weight %d: %v and %v", i, w, b.Weights[i])
		}
	}
}

func TestFeaturesThatNeverVary(t *testing.T) {
	for _, standardise := range []bool{true, false} {
		x := matrix.Dense{Data: slices.Repeat([]float32{1e4 / 3.0, 0}, 30), Cols: 2}
		p := Problem{X: x, Labels: slices.Repeat([]int{0, 1, 1}, 10), Classes: 2, Standardise: standardise, Workers: 2}
		m := mustFit(t, mustNew(t, p), 1)
		if m.Solver.Status != Converged {
			t.Errorf("solver: %+v", m.Solver)
		}
		z := 2 * float64(m.Weights[2]*x.Data[0]+m.Weights[3]*x.Data[1]+m.Offsets[1])
		if share := 1 / (1 + math.Exp(-z)); math.Abs(share-2.0/3) > 1e-4 {
			t.Errorf("standardised %v: probability %v, want the class's share", standardise, share)
		}
	}
}

// TestAwkwardProblems has a class of one row, rows all alike, a single feature
// and an optimum far away.
func TestAwkwardProblems(t *testing.T) {
	drawn := references(t)[0]
	p := drawn.problem(2)
	one := p
	one.Labels = slices.Clone(p.Labels)
	for i := range one.Labels {
		one.Labels[i] = min(i, 1)
	}
	empty := p
	empty.Classes = 40 // most without a row
	alike := p
	alike.X = matrix.Dense{Data: slices.Repeat([]float32{1, 2, 3}, drawn.N), Cols: 3}
	zero := alike
	zero.X, zero.Unit = matrix.Dense{Data: make([]float32, 3*drawn.N), Cols: 3}, true
	thin := p
	thin.X = matrix.Dense{Data: p.X.(matrix.Dense).Data[:drawn.N], Cols: 1}
	far := p
	far.X = matrix.Dense{Data: make([]float32, drawn.N), Cols: 1}
	for i, label := range p.Labels {
		far.X.(matrix.Dense).Data[i] = float32(label) // no finite optimum without the penalty
	}
	for name, p := range map[string]Problem{
		"one": one, "empty": empty, "alike": alike, "zero": zero, "thin": thin, "far": far,
	} {
		for _, c := range []float64{1e-6, 1, 1e6} {
			trainer := mustNew(t, p)
			m := mustFit(t, trainer, c)
			for _, w := range slices.Concat(m.Weights, m.Offsets) {
				if w-w != 0 {
					t.Fatalf("%s, C %g: weight %v", name, c, w)
				}
			}
			if c <= 1 && m.Solver.Status != Converged {
				t.Errorf("%s, C %g: %+v", name, c, m.Solver)
			}
			mustCrossValidate(t, trainer, deal(drawn.N, 5), []float64{c})
		}
	}
}

// TestLogitsByPartAreOfTheCThatOtherPartsChoose goes through every C alone to
// find which, for labels drawn at random, where parts disagree. Its fits start
// elsewhere, so that logits are alike to a tolerance.
func TestLogitsByPartAreOfTheCThatOtherPartsChoose(t *testing.T) {
	r := references(t)[0]
	p := r.problem(2)
	rng := rand.New(rand.NewPCG(1, 1))
	rng.Shuffle(r.N, func(i, j int) { p.Labels[i], p.Labels[j] = p.Labels[j], p.Labels[i] })
	parts, cs := deal(r.N, 6), []float64{0.0001, 0.001, 0.003, 0.01, 0.03, 0.1}
	cv := mustCrossValidate(t, mustNew(t, p), parts, cs)
	var alone []*CrossValidation
	var losses [][]float64 // of each C, those by which each part chooses
	for _, point := range cv.Path {
		trainer := mustNew(t, p)
		one := mustCrossValidate(t, trainer, parts, []float64{point.C})
		_, byPart, _ := byLogLoss(trainer, parts)(t.Context(), one.Logits)
		alone, losses = append(alone, one), append(losses, byPart)
	}
	differ := 0
	for part, rows := range parts {
		best, lowest := 0, math.Inf(1)
		for i := range losses {
			if loss := losses[i][part]; loss < lowest {
				best, lowest = i, loss
			}
		}
		if cv.Path[best].C != cv.Best.C {
			differ++
		}
		for _, row := range rows {
			for k, got := range cv.ByPart[part][row] {
				if want := alone[best].Logits[row][k]; math.Abs(float64(got-want)) > 0.05 {
					t.Fatalf("part %d: logit %d of row %d is %v, with a C of %v it is %v", part, k, row, got, cv.Path[best].C, want)
				}
			}
		}
	}
	if differ == 0 || differ == len(parts) {
		t.Errorf("%d of %d parts choose another C than all", differ, len(parts))
	}
}

func TestValuesTooLargeAreAnError(t *testing.T) {
	p := references(t)[0].problem(2)
	x := p.X.(matrix.Dense)
	for i := range x.Data {
		x.Data[i] = 3e38 * float32(1-2*(i%2))
	}
	p.Standardise = false
	_, err := New(context.Background(), p)
	if !errors.Is(err, ErrOverflow) {
		t.Error(err)
	}
}

func TestCancelled(t *testing.T) {
	r := references(t)[0]
	headtest.EveryStop(t, 200, func(ctx context.Context) error {
		trainer, err := New(ctx, r.problem(2))
		if err != nil {
			return err
		}
		if _, err := trainer.CrossValidate(ctx, deal(r.N, 5), byLogLoss(trainer, deal(r.N, 5)), []float64{1}, Rival{}); err != nil {
			return err
		}
		_, err = trainer.Fit(ctx, 1, nil)
		return err
	})
}

// deal returns rows 0, …, n-1 in folds.
func deal(n, folds int) [][]int {
	dealt := make([][]int, folds)
	for row := range n {
		dealt[row/2%folds] = append(dealt[row/2%folds], row)
	}
	return dealt
}

// byLogLoss judges by the log-loss of rows as they are, of each part by that of all
// others.
func byLogLoss(trainer *Trainer, parts [][]int) Judge {
	p := trainer.problem
	return func(_ context.Context, logits [][]float32) (float64, []float64, error) {
		sums := make([]float64, len(parts))
		for part, rows := range parts {
			for _, row := range rows {
				z := make([]float64, p.Classes)
				for k, v := range logits[row] {
					z[k] = float64(v)
				}
				sums[part] += p.weight(row) * softmax.Loss(z, p.Labels[row])
			}
		}
		all := floats.Sum(sums)
		others := make([]float64, len(parts))
		for part, sum := range sums {
			others[part] = all - sum
		}
		return all, others, nil
	}
}

func mustCrossValidate(t testing.TB, trainer *Trainer, folds [][]int, cs []float64) *CrossValidation {
	t.Helper()
	cv, err := trainer.CrossValidate(context.Background(), folds, byLogLoss(trainer, folds), cs, Rival{})
	if err != nil {
		t.Fatal(err)
	}
	return cv
}
