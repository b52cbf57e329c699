package logistic

import (
	"context"
	"errors"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Problem is the training data. The rows hold finite numbers and there are two
// classes or more; neither is checked.
type Problem struct {
	X       matrix.Float32
	Labels  []int // the class of each row, 0 … Classes-1
	Classes int
	// Weights says how much each row counts, 0 or more; nil means 1 each.
	// Rows of weight 0 are neither learnt from nor scored.
	Weights []float64
	// Scale multiplies each feature, before Unit or after Standardise; nil means 1
	// each. It is above 0.
	Scale []float64
	// Unit scales each row to Euclidean length 1 first. Rows of zeros stay.
	Unit bool
	// Standardise takes the mean from each feature (after Unit) and divides it
	// by its standard deviation, both of all rows. A feature that never varies
	// has no weight.
	Standardise bool
	// Principal says that so many of the first features are uncorrelated, and that the
	// rows vary most in them, as in principal components. 0: such directions are
	// looked for.
	Principal int
	// Workers is the number of processor cores to use. The results do not
	// depend on it.
	Workers int
}

// ErrOverflow says that numbers were no longer finite.
var ErrOverflow = errors.New("embeddings are too large, or too near to zero, for float32 arithmetic")

// How a fit can end.
const (
	Converged      = "converged"       // as near to the optimum as was asked for
	NoProgress     = "no progress"     // rounding errors stopped it before that
	IterationLimit = "iteration limit" // stopped before either
)

// Solver says how the iterations of a fit ended.
type Solver struct {
	Status       string // Converged, NoProgress or IterationLimit
	Iterations   int
	Objective    float64 // of features after Unit and Standardise
	GradientNorm float64 // Euclidean; bounds the distance of W from the optimum, approximately
}

// Model is a fit. Logits are Weights·row + Offsets, for a row as it is stored
// (with Unit, for one divided by the length that it has once scaled); of two classes
// they are opposite numbers.
type Model struct {
	Weights []float32 // classes × dim
	Offsets []float32 // classes
	Solver  Solver
}

// Start is where a fit may begin; it belongs to the Trainer that it came from.
type Start []float64

// Trainer fits to the rows of one Problem. It is used by one goroutine at a
// time.
type Trainer struct {
	problem Problem
	workers workers
	rows    []int // of positive weight
	scaler  scaler
	nystrom *nystrom
	pass    *dataPass
}

// New reads the data. Its errors are those of ctx and ErrOverflow.
func New(ctx context.Context, p Problem) (*Trainer, error) {
	t := &Trainer{problem: p, workers: newWorkers(p.Workers)}
	for row := range p.X.Len() {
		if p.weight(row) > 0 {
			t.rows = append(t.rows, row)
		}
	}
	t.scaler = fitScaler(ctx, &p, t.rows, t.workers)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var err error
	if p.Principal > 0 {
		t.nystrom = principal(&t.scaler, p.Principal)
	} else if t.nystrom, err = newNystrom(ctx, &p, &t.scaler, t.rows, t.workers); err != nil {
		return nil, err
	}
	t.pass = newDataPass(p.X, t.rows, nil, outputs(p.Classes), t.workers)
	return t, ctx.Err()
}

func (p *Problem) weight(row int) float64 {
	if p.Weights == nil {
		return 1
	}
	return p.Weights[row]
}

func count(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// Fit minimises the objective of scikit-learn's LogisticRegression(C) over all
// rows. start may be nil. Its errors are those of ctx and ErrOverflow; whether
// it converged is in the model.
func (t *Trainer) Fit(ctx context.Context, c float64, start Start) (*Model, error) {
	m, err := t.fit(ctx, c, start, fitTolerance)
	if err == nil && start != nil && m.Solver.Status == NoProgress {
		return t.fit(ctx, c, nil, fitTolerance) // the start may be the reason
	}
	return m, err
}

func (t *Trainer) fit(ctx context.Context, c float64, start Start, tolerance float64) (*Model, error) {
	l, err := t.solve(ctx, c, start, tolerance)
	if err != nil {
		return nil, err
	}
	l.objective.prepare(l.x)
	return newModel(l.objective, l.solver), nil
}

// Minimum returns where Fit ends, as a start.
func (t *Trainer) Minimum(ctx context.Context, c float64, start Start) (Start, error) {
	l, err := t.solve(ctx, c, start, fitTolerance)
	if err != nil {
		return nil, err
	}
	return l.x, nil
}

func (t *Trainer) solve(ctx context.Context, c float64, start Start, tolerance float64) (*lbfgs, error) {
	l := newLBFGS(t, newObjective(t, c, none), tolerance)
	copy(l.x, start)
	l.restart(c)
	return l, t.minimise(ctx, []*lbfgs{l})
}

func newModel(o *objective, solver Solver) *Model {
	m := &Model{Weights: o.weights[:o.outputs*o.dim], Solver: solver}
	for _, offset := range o.offsets {
		m.Offsets = append(m.Offsets, float32(offset))
	}
	if o.outputs == 1 {
		m.Weights = append(scaled(-0.5, m.Weights), scaled(0.5, m.Weights)...)
		m.Offsets = append(scaled(-0.5, m.Offsets), scaled(0.5, m.Offsets)...)
	}
	return m
}

func scaled(by float32, values []float32) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = by * v
	}
	return out
}
