package head

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

// PathPoint is what cross-validation says of one value of C.
type PathPoint struct {
	C         float64 `json:"c"`
	LogLoss   float64 `json:"log_loss"`  // mean over held-out images, natural logarithm
	Converged bool    `json:"converged"` // in every fold
}

// crossValidation is the outcome of trying values of C in turn.
type crossValidation struct {
	path    []PathPoint
	best    PathPoint
	heldOut [][]float64 // at the best C, by the fit that has not seen the row
	params  []float64   // at the best C, the mean of the folds'
}

// fold is one part of the rows held out, and the fit to the others.
type fold struct {
	objective *objective
	held      []int
	params    []float64 // for the latest C
	previous  []float64 // for the one before
	solver    Solver    // for the latest C
}

// crossValidate tries values of C that ascend in about equal ratios. Each fold
// standardises by its own training rows.
func crossValidate(ctx context.Context, x Matrix, labels []int, classes int, held [][]int, cs []float64, t team) (*crossValidation, error) {
	folds := make([]fold, len(held))
	for i, rows := range held {
		objective := newObjective(x, without(x.Len(), rows), labels, classes, t)
		folds[i] = fold{
			objective: objective,
			held:      rows,
			params:    make([]float64, objective.size()),
			previous:  make([]float64, objective.size()),
		}
	}
	result := &crossValidation{best: PathPoint{LogLoss: math.Inf(1)}}
	worse := 0
	for _, c := range cs {
		heldOut := table(x.Len(), classes)
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(cap(t))
		for i := range folds {
			group.Go(func() error { return folds[i].run(ctx, c, heldOut) })
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		point := PathPoint{C: c, LogLoss: logLoss(heldOut, labels), Converged: allConverged(folds)}
		if math.IsNaN(point.LogLoss) {
			return nil, errOverflow
		}
		result.path = append(result.path, point)
		if point.LogLoss < result.best.LogLoss {
			result.best, result.heldOut, result.params = point, heldOut, meanParams(folds)
			worse = 0
		} else if worse++; worse == patience {
			break
		}
	}
	return result, nil
}

// run fits with C and stores the probabilities of the held-out rows. It starts
// where the solutions for the last two values of C point to.
func (f *fold) run(ctx context.Context, c float64, heldOut [][]float64) error {
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
		f.objective.probabilities(f.objective.x.Row(row), heldOut[row])
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
