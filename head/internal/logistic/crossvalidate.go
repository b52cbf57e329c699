package logistic

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/head/internal/softmax"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

const (
	// foldTolerance is for fits that are only scored: their log-loss is right to
	// a few thousandths.
	foldTolerance = 3e-3

	// patience is how many values of C in a row may be no better than the best
	// before the rest, which are larger and take longest, are skipped.
	patience = 2
)

// Point is the result of cross-validation for one value of C.
type Point struct {
	C         float64
	LogLoss   float64 // weighted mean over the rows that are scored, natural logarithm
	Converged bool    // in every fold
}

// CrossValidation is the result of trying values of C in turn.
type CrossValidation struct {
	Path []Point
	Best Point // the first with the lowest log-loss
	// Logits holds for each row that is scored those of the fit with the best C
	// that has not seen the row; as in a Model, there is one per class.
	Logits [][]float32
	// CrossFitted is Logits with the C that is best for the rows of all other
	// parts: nothing in its choice has been scored on the row. Most rows share
	// their memory with Logits, since most parts would choose the same C.
	CrossFitted [][]float32
	// Start is a good start for a fit with the best C to all rows.
	Start Start
}

// CrossValidate tries values of C that ascend in about equal ratios. Where two
// in a row are worse than one before, larger ones are not tried. folds holds
// the rows that each fold leaves out, in ascending order; no row is in two. parts
// holds those of them that are scored, in parts that choose a C for each other.
// Features are standardised as for a fit to all rows. Its errors are those of
// ctx and ErrOverflow.
//
// The folds are fitted side by side, so that one pass over the data serves
// all of them.
func (t *Trainer) CrossValidate(ctx context.Context, folds, parts [][]int, cs []float64) (*CrossValidation, error) {
	part := make([]int, t.problem.X.Len())
	for i, rows := range folds {
		for _, row := range rows {
			part[row] = i + 1
		}
	}
	together := *t
	together.pass = newDataPass(t.problem.X, t.rows, part, outputs(t.problem.Classes), t.workers)
	runs := make([]*lbfgs, len(folds))
	for i := range folds {
		runs[i] = newLBFGS(t, newObjective(t, 0, i+1), foldTolerance)
	}
	previous := make([][]float64, len(folds))
	for i := range previous {
		previous[i] = make([]float64, len(runs[i].x))
	}
	result := &CrossValidation{Best: Point{LogLoss: math.Inf(1)}}
	lowest := slices.Repeat([]float64{math.Inf(1)}, len(parts)) // log-loss of all other parts
	kept := newKeptLogits(t.problem.X.Len(), t.problem.Classes)
	worse := 0
	for _, c := range cs {
		for i, l := range runs {
			extrapolate(l.x, previous[i])
			l.restart(c)
		}
		if err := together.minimise(ctx, runs); err != nil {
			return nil, err
		}
		for i, l := range runs {
			t.heldOut(ctx, l, folds[i], kept.next)
		}
		losses := t.losses(ctx, kept.next, parts)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		point := Point{C: c, LogLoss: losses.mean(none), Converged: allConverged(runs)}
		if math.IsNaN(point.LogLoss) {
			return nil, ErrOverflow
		}
		result.Path = append(result.Path, point)
		better := point.LogLoss < result.Best.LogLoss
		for part, rows := range parts {
			without := losses.mean(part)
			kept.keep(rows, better, without < lowest[part])
			lowest[part] = min(lowest[part], without)
		}
		if better {
			result.Best, result.Start = point, mean(runs)
			worse = 0
		} else if worse++; worse == patience {
			break
		}
	}
	result.Logits, result.CrossFitted = kept.best, kept.crossFitted
	return result, nil
}

// extrapolate moves x in the direction of the last two solutions, and keeps the
// last one in previous.
func extrapolate(x, previous []float64) {
	for j, v := range x {
		x[j], previous[j] = 2*v-previous[j], v
	}
}

func allConverged(runs []*lbfgs) bool {
	return !slices.ContainsFunc(runs, func(l *lbfgs) bool { return l.solver.Status != Converged })
}

func mean(runs []*lbfgs) Start {
	sum := make(Start, len(runs[0].x))
	for _, l := range runs {
		floats.AddScaled(sum, 1/float64(len(runs)), l.x)
	}
	return sum
}

// heldOut stores the logits of the rows that a minimisation has not seen. They
// are incomplete once ctx is done.
func (t *Trainer) heldOut(ctx context.Context, l *lbfgs, rows []int, logits [][]float32) {
	o := l.objective
	o.prepare(l.x)
	blocks := rowBlocks(rows, 0)
	t.workers.each(groups(blocks), func(g int) {
		values := make([]float32, o.padded()*kernel.Rows)
		for _, b := range blocks[g*groupBlocks : min((g+1)*groupBlocks, len(blocks))] {
			if ctx.Err() != nil {
				return
			}
			var x [kernel.Rows][]float32
			for r, row := range b.rows {
				x[r] = t.problem.X.Row(row)
			}
			o.products(&x, values)
			for r, row := range b.rows[:b.count] {
				dst := logits[row]
				for k := range o.outputs {
					dst[k] = float32(float64(values[k*kernel.Rows+r])*t.scaler.rowFactor(row) + o.offsets[k])
				}
				if o.outputs == 1 {
					dst[0], dst[1] = -dst[0]/2, dst[0]/2
				}
			}
		}
	})
}

// losses are summed over the rows of each part, by weight.
type losses struct{ sums, weights []float64 }

// mean is that of all parts but one, or of all for none; 0 if they have no weight.
func (l *losses) mean(without int) float64 {
	var sum, weight float64
	for part := range l.sums {
		if part != without {
			sum += l.sums[part]
			weight += l.weights[part]
		}
	}
	if weight == 0 {
		return 0
	}
	return sum / weight
}

// losses is of no use once ctx is done.
func (t *Trainer) losses(ctx context.Context, logits [][]float32, parts [][]int) *losses {
	l := &losses{make([]float64, len(parts)), make([]float64, len(parts))}
	scratch := make([]float64, t.problem.Classes)
	for part, rows := range parts {
		for row := range matrix.Until(ctx, rows) {
			weight := t.problem.weight(row)
			if weight == 0 {
				continue
			}
			for k, z := range logits[row] {
				scratch[k] = float64(z)
			}
			l.sums[part] += weight * softmax.Loss(scratch, t.problem.Labels[row])
			l.weights[part] += weight
		}
	}
	return l
}

// keptLogits are a row for each row of the problem.
type keptLogits struct {
	next              [][]float32 // what the next C gives
	best, crossFitted [][]float32 // see CrossValidation; they may share rows
}

func newKeptLogits(rows, classes int) *keptLogits {
	return &keptLogits{matrix.Table[float32](rows, classes), make([][]float32, rows), make([][]float32, rows)}
}

// keep moves what is next to where it is better, and makes room for what comes
// then.
func (l *keptLogits) keep(rows []int, best, crossFitted bool) {
	same := func(a, b []float32) bool { return len(b) > 0 && &a[0] == &b[0] }
	for _, row := range rows {
		free := [][]float32{l.next[row], l.best[row], l.crossFitted[row]}
		if best {
			l.best[row] = l.next[row]
		}
		if crossFitted {
			l.crossFitted[row] = l.next[row]
		}
		free = slices.DeleteFunc(free, func(logits []float32) bool {
			return logits == nil || same(logits, l.best[row]) || same(logits, l.crossFitted[row])
		})
		if len(free) == 0 {
			free = append(free, make([]float32, len(l.next[row])))
		}
		l.next[row] = free[0]
	}
}
