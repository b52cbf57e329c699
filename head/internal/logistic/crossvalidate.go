package logistic

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
)

// foldTolerance is the tolerance of fits that are only scored: their log-loss
// is right to about half a per cent.
const foldTolerance = 1e-2

// patience is how many values of C in a row may be no better than the best
// before the rest, which are larger and take longest, are left out.
const patience = 2

// Point is what cross-validation says of one value of C.
type Point struct {
	C         float64
	LogLoss   float64 // mean over held-out rows, natural logarithm
	Converged bool    // in every fold
}

// CrossValidation is the outcome of trying values of C in turn.
type CrossValidation struct {
	Path []Point
	Best Point // the first with the lowest log-loss
	// Logits holds for each row those of the fit with the best C that has not
	// seen the row; as in a Model, there is one per class.
	Logits [][]float64
	// Start is a good start for a fit with the best C to all rows.
	Start Start
}

// fold is one part of the rows held out, and the fit to the others.
type fold struct {
	objective *objective
	held      []int
	params    []float64 // for the latest C
	previous  []float64 // for the one before
	solver    Solver    // for the latest C
}

// CrossValidate tries values of C that ascend in about equal ratios. Where two
// in a row are worse than one before, larger ones are not tried. folds holds
// the rows that each fold leaves out. Its errors are those of ctx and
// ErrOverflow.
func (t *Trainer) CrossValidate(ctx context.Context, folds [][]int, cs []float64) (*CrossValidation, error) {
	p := t.problem
	fits := make([]fold, len(folds))
	for i, rows := range folds {
		objective := newObjective(p.X, without(p.X.Len(), rows), p.Labels, p.Classes, t.team)
		fits[i] = fold{
			objective: objective,
			held:      rows,
			params:    make([]float64, objective.size()),
			previous:  make([]float64, objective.size()),
		}
	}
	result := &CrossValidation{Best: Point{LogLoss: math.Inf(1)}}
	worse := 0
	for _, c := range cs {
		logits := table(p.X.Len(), p.Classes)
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(cap(t.team))
		for i := range fits {
			group.Go(func() error { return fits[i].run(ctx, c, logits) })
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		point := Point{C: c, LogLoss: logLoss(logits, p.Labels), Converged: allConverged(fits)}
		if math.IsNaN(point.LogLoss) {
			return nil, ErrOverflow
		}
		result.Path = append(result.Path, point)
		if point.LogLoss < result.Best.LogLoss {
			result.Best, result.Logits, result.Start = point, logits, meanParams(fits)
			worse = 0
		} else if worse++; worse == patience {
			break
		}
	}
	return result, nil
}

// run fits with C and stores the logits of the held-out rows. It starts
// where the solutions for the last two values of C point to.
func (f *fold) run(ctx context.Context, c float64, logits [][]float64) error {
	for j, p := range f.params {
		f.params[j], f.previous[j] = 2*p-f.previous[j], p
	}
	f.objective.c = c
	var err error
	f.solver, err = f.objective.minimise(ctx, f.params, foldTolerance)
	if err != nil {
		return err
	}
	f.objective.fold(f.params)
	for _, row := range f.held {
		f.objective.classLogits(f.objective.x.Row(row), logits[row])
	}
	return nil
}

func allConverged(folds []fold) bool {
	return !slices.ContainsFunc(folds, func(f fold) bool { return f.solver.Status != Converged })
}

func meanParams(folds []fold) []float64 {
	mean := make([]float64, len(folds[0].params))
	for _, f := range folds {
		floats.AddScaled(mean, 1/float64(len(folds)), f.params)
	}
	return mean
}

// table returns rows of zeros that lie one after the other in memory.
func table(rows, columns int) [][]float64 {
	values := make([]float64, rows*columns)
	t := make([][]float64, rows)
	for i := range t {
		t[i] = values[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return t
}

// without returns 0, …, n-1 less the given rows, which ascend.
func without(n int, held []int) []int {
	rest := make([]int, 0, n-len(held))
	for i := range n {
		if len(held) > 0 && held[0] == i {
			held = held[1:]
			continue
		}
		rest = append(rest, i)
	}
	return rest
}

func logLoss(logits [][]float64, labels []int) float64 {
	var sum float64
	scratch := make([]float64, len(logits[0]))
	for i, label := range labels {
		copy(scratch, logits[i])
		sum += softmaxLoss(scratch, label)
	}
	return sum / float64(len(labels))
}
