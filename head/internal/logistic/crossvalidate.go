package logistic

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/kernel"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

const (
	// foldTolerance is for fits that are only scored: their log-loss is right to
	// a few thousandths.
	foldTolerance = 3e-3

	// patience is how many values of C in a row may be no better than the best
	// before the rest, which are larger and take longest, are skipped.
	patience = 2

	// noticeable is how much lower, as a share, a log-loss must be for larger values of
	// C to be worth their time.
	noticeable = 1e-3

	// hopeless is how many times the rival's log-loss ends a search in which it no
	// longer falls by the share promising.
	hopeless  = 1.05
	promising = 0.02
)

// A Rival is what others of their kind have to beat. The zero value is none.
type Rival struct {
	LogLoss float64
	From    float64 // the C from which on a log-loss out of reach ends the search
}

// Point is the result of cross-validation for one value of C.
type Point struct {
	C         float64
	LogLoss   float64 // over all rows that are scored
	Converged bool    // in every fold
}

// CrossValidation is the result of trying values of C in turn.
type CrossValidation struct {
	Path []Point
	Best Point // the first with the lowest log-loss
	// Logits holds for each row that is scored those of the fit with the best C
	// that has not seen the row; as in a Model, there is one per class.
	Logits [][]float32
	// ByPart is Logits with the C that is best by each part's log-loss. Parts that
	// choose the same C share the table, as most do.
	ByPart [][][]float32
	// Start is a good start for a fit with the best C to all rows.
	Start Start
}

// A Judge tells how good logits of held-out rows are: their log-loss over all rows,
// and over those that each part may choose a C by. Lower is better. The logits are
// those of all rows of the matrix, and only those that were held out are set.
type Judge func(ctx context.Context, logits [][]float32) (all float64, byPart []float64, err error)

// CrossValidate tries values of C that ascend in about equal ratios. Where two
// in a row are no better than one before but for a thousandth, larger ones are not tried. folds holds
// the rows that each fold leaves out, in ascending order; no row is in two.
// Features are standardised as for a fit to all rows. Its errors are those of
// ctx and of judge, and ErrOverflow.
//
// The folds are fitted side by side, so that one pass over the data serves
// all of them.
func (t *Trainer) CrossValidate(ctx context.Context, folds [][]int, judge Judge, cs []float64, rival Rival) (*CrossValidation, error) {
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
	var lowest []float64 // of each part
	logits := matrix.Table[float32](t.problem.X.Len(), t.problem.Classes)
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
			t.heldOut(ctx, l, folds[i], logits)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		loss, byPart, err := judge(ctx, logits)
		if err != nil {
			return nil, err
		}
		point := Point{C: c, LogLoss: loss, Converged: allConverged(runs)}
		if math.IsNaN(point.LogLoss) {
			return nil, ErrOverflow
		}
		result.Path = append(result.Path, point)
		better, best := point.LogLoss < result.Best.LogLoss, result.Best.LogLoss
		before := append(slices.Clone(result.ByPart), result.Logits)
		if lowest == nil {
			lowest = slices.Repeat([]float64{math.Inf(1)}, len(byPart))
			result.ByPart = make([][][]float32, len(byPart))
		}
		for part, loss := range byPart {
			if loss < lowest[part] {
				lowest[part], result.ByPart[part] = loss, logits
			}
		}
		if better {
			result.Best, result.Start, result.Logits = point, mean(runs), logits
		}
		if worse++; point.LogLoss < (1-noticeable)*best {
			worse = 0
		}
		beaten := rival.LogLoss > 0 && c >= rival.From && result.Best.LogLoss > hopeless*rival.LogLoss && point.LogLoss > (1-promising)*best
		if beaten || worse == patience {
			break
		}
		logits = result.unused(append(before, logits))
		if logits == nil {
			logits = matrix.Table[float32](t.problem.X.Len(), t.problem.Classes)
		}
	}
	return result, nil
}

// unused returns a table that no longer holds what was chosen, or nil.
func (c *CrossValidation) unused(tables [][][]float32) [][]float32 {
	for _, table := range tables {
		same := func(chosen [][]float32) bool { return len(chosen) > 0 && &chosen[0] == &table[0] }
		if table != nil && !same(c.Logits) && !slices.ContainsFunc(c.ByPart, same) {
			return table
		}
	}
	return nil
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
