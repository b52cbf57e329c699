package logistic

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"github.com/digitalinnovationone/headstart/head/internal/softmax"
)

const (
	// foldTolerance is that of fits which are only scored: their log-loss is
	// right to a few thousandths.
	foldTolerance = 3e-3

	// patience is how many values of C in a row may be no better than the best
	// before the rest, which are larger and take longest, are left out.
	patience = 2
)

// Point is what cross-validation says of one value of C.
type Point struct {
	C float64
	// LogLoss is the weighted mean over held-out rows, natural logarithm. Rows
	// of a class that no other fold holds are left out; 0 if all are.
	LogLoss   float64
	Converged bool // in every fold
}

// CrossValidation is the outcome of trying values of C in turn.
type CrossValidation struct {
	Path []Point
	Best Point // the first with the lowest log-loss
	// Logits holds for each row those of the fit with the best C that has not
	// seen the row; as in a Model, there is one per class. Rows that are in no
	// fold have zeros.
	Logits [][]float32
	// Start is a good start for a fit with the best C to all rows.
	Start Start
}

// CrossValidate tries values of C that ascend in about equal ratios. Where two
// in a row are worse than one before, larger ones are not tried. folds holds
// the rows that each fold leaves out, in ascending order; no row is in two.
// Features are standardised as for a fit to all rows. Its errors are those of
// ctx and ErrOverflow.
//
// The folds are fitted side by side, so that one pass over the data serves
// all of them.
func (t *Trainer) CrossValidate(ctx context.Context, folds [][]int, cs []float64) (*CrossValidation, error) {
	part := make([]int, t.problem.X.Len())
	for i, rows := range folds {
		for _, row := range rows {
			part[row] = i + 1
		}
	}
	together := *t
	together.sweep = newSweep(t.problem.X, t.rows, part, outputs(t.problem.Classes), t.team)
	descents := make([]*descent, len(folds))
	for i := range folds {
		descents[i] = newDescent(t, newObjective(t, 0, i+1), foldTolerance)
	}
	previous := make([][]float64, len(folds))
	for i := range previous {
		previous[i] = make([]float64, len(descents[i].x))
	}
	result := &CrossValidation{Best: Point{LogLoss: math.Inf(1)}}
	logits := table[float32](t.problem.X.Len(), t.problem.Classes)
	spare := table[float32](t.problem.X.Len(), t.problem.Classes)
	worse := 0
	for _, c := range cs {
		for i, d := range descents {
			extrapolate(d.x, previous[i])
			d.restart(c)
		}
		if err := together.descend(ctx, descents); err != nil {
			return nil, err
		}
		for i, d := range descents {
			t.heldOut(d, folds[i], spare)
		}
		point := Point{C: c, LogLoss: t.logLoss(spare, folds), Converged: allConverged(descents)}
		if math.IsNaN(point.LogLoss) {
			return nil, ErrOverflow
		}
		result.Path = append(result.Path, point)
		if point.LogLoss < result.Best.LogLoss {
			result.Best, result.Start = point, mean(descents)
			logits, spare = spare, logits
			worse = 0
		} else if worse++; worse == patience {
			break
		}
	}
	result.Logits = logits
	return result, nil
}

// extrapolate moves x to where the solutions for the last two values of C
// point to, and keeps the last one.
func extrapolate(x, previous []float64) {
	for j, v := range x {
		x[j], previous[j] = 2*v-previous[j], v
	}
}

func allConverged(descents []*descent) bool {
	for _, d := range descents {
		if d.solver.Status != Converged {
			return false
		}
	}
	return true
}

func mean(descents []*descent) Start {
	sum := make(Start, len(descents[0].x))
	for _, d := range descents {
		floats.AddScaled(sum, 1/float64(len(descents)), d.x)
	}
	return sum
}

// heldOut stores the logits of the rows that a descent has not seen.
func (t *Trainer) heldOut(d *descent, rows []int, logits [][]float32) {
	o := d.objective
	o.prepare(d.x)
	quads := quads(rows, 0)
	t.team.each((len(quads)+groupQuads-1)/groupQuads, func(g int) {
		values := make([]float32, o.padded()*quadRows)
		for _, q := range quads[g*groupQuads : min((g+1)*groupQuads, len(quads))] {
			var x [quadRows][]float32
			for r, row := range q.rows {
				x[r] = t.problem.X.Row(row)
			}
			o.products(&x, values)
			for r, row := range q.rows[:q.count] {
				dst := logits[row]
				for k := range o.outputs {
					dst[k] = float32(float64(values[k*quadRows+r])*t.scaler.rowFactor(row) + o.offsets[k])
				}
				if o.outputs == 1 {
					dst[0], dst[1] = -dst[0]/2, dst[0]/2
				}
			}
		}
	})
}

// logLoss is the mean over the rows of folds whose class the fold's fit has
// seen: it knows of others only that their probability is next to 0.
func (t *Trainer) logLoss(logits [][]float32, folds [][]int) float64 {
	total := make([]float64, t.problem.Classes)
	for _, row := range t.rows {
		total[t.problem.Labels[row]] += t.problem.weight(row)
	}
	var sum, mass float64
	scratch := make([]float64, t.problem.Classes)
	for _, rows := range folds {
		seen := slices.Clone(total)
		for _, row := range rows {
			seen[t.problem.Labels[row]] -= t.problem.weight(row)
		}
		for _, row := range rows {
			label, weight := t.problem.Labels[row], t.problem.weight(row)
			if weight == 0 || seen[label] <= 1e-9*total[label] {
				continue
			}
			for k, z := range logits[row] {
				scratch[k] = float64(z)
			}
			sum += weight * softmax.Loss(scratch, label)
			mass += weight
		}
	}
	if mass == 0 {
		return 0
	}
	return sum / mass
}

// table returns rows of zeros that lie one after the other in memory.
func table[T float32 | float64](rows, columns int) [][]T {
	values := make([]T, rows*columns)
	t := make([][]T, rows)
	for i := range t {
		t[i] = values[i*columns : (i+1)*columns : (i+1)*columns]
	}
	return t
}
