package head

import (
	"context"

	"github.com/digitalinnovationone/headstart/head/internal/lda"
	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// A problem is the training data and how to learn from it.
type problem struct {
	labels  []int
	classes int
	opt     Options
	rough   bool    // the fit is only scored, and may end earlier
	folds   [][]int // rows that each leaves out; nil for no cross-validation
	// scorable lists the held-out rows that are scored: those of classes that the
	// fit in question knew.
	scorable, scorableLabels []int
	// part is of each scorable row the one it is in, of so many that choose for
	// each other: its fold, or a part of the only fold.
	part  []int
	parts int
	// For the report, see there.
	notMeasured string
	unmeasured  []string
	uneven      []Uneven
}

// A trial is one kind of head for one view, cross-validated.
type trial struct {
	kind string
	view view
	unit bool // embeddings are scaled to length 1
	c    float64
	path []PathPoint
	fit  func(context.Context, *Training) ([]dense, error)

	// Of scorable rows, and nil without folds:
	logits            [][]float32   // not calibrated
	byPart            [][][]float32 // the same by the C that the rows outside a part choose; nil where there is no C
	temperature       float64       // of logits
	crossFitted       [][]float32   // each row's logits by what other parts choose
	crossTemperatures []float64     // of each part, chosen by the others
	losses            []float64     // log-losses of crossFitted at these temperatures
	smoothed          []float64     // their cross-entropies with the targets, which kinds are compared by
}

// try cross-validates one kind of head for one view. first is the trial that it has to
// beat, if it is not itself the first.
func (p *problem) try(ctx context.Context, v view, kind string, first *trial) (*trial, error) {
	switch kind {
	case LDA:
		return p.tryLDA(ctx, v)
	case MLP:
		return p.tryMLP(ctx, v)
	default:
		return p.tryLogistic(ctx, v, kind, first)
	}
}

func (p *problem) tryLDA(ctx context.Context, v view) (*trial, error) {
	x := v.matrix()
	trainer, err := lda.New(ctx, lda.Problem{X: x, Labels: p.labels, Classes: p.classes, Weights: p.opt.Weights}, p.folds)
	if err != nil {
		return nil, err
	}
	t := &trial{kind: LDA, view: v}
	err = p.holdOut(ctx, t, x, func(fold int) ([]dense, error) {
		m, err := trainer.Fit(ctx, fold)
		if err != nil {
			return nil, err
		}
		return []dense{{x.Dim(), m.Weights, m.Offsets}}, nil
	})
	if err != nil {
		return nil, err
	}
	t.fit = func(ctx context.Context, training *Training) ([]dense, error) {
		m, err := trainer.Fit(ctx, lda.All)
		if err != nil {
			return nil, err
		}
		training.Shrinkage, training.Solver = m.Shrinkage, Solver{Status: Converged}
		return []dense{{x.Dim(), m.Weights, m.Offsets}}, nil
	}
	return t, nil
}

// holdOut sets the logits, those of each row by the fit to all folds but its own.
func (p *problem) holdOut(ctx context.Context, t *trial, x Matrix, fit func(fold int) ([]dense, error)) error {
	if p.folds == nil {
		return nil
	}
	logits := make([][]float32, len(p.labels))
	for fold, held := range p.folds {
		layers, err := fit(fold)
		if err != nil {
			return err
		}
		h := &Head{layers: layers, unit: t.unit, temperature: 1}
		if err := p.answer(ctx, h, x, held, logits); err != nil {
			return err
		}
	}
	t.logits = p.scorableOf(logits)
	return nil
}

// answer sets the logits of some rows.
func (p *problem) answer(ctx context.Context, h *Head, x Matrix, rows []int, logits [][]float32) error {
	table := matrix.Table[float32](len(rows), p.classes)
	return spread(ctx, p.opt.Workers, len(rows), func() func(i int) {
		scratch, exact := h.scratch(), make([]float64, p.classes)
		return func(i int) {
			h.logits(x.Row(rows[i]), scratch, exact)
			for k, z := range exact {
				table[i][k] = float32(z)
			}
			logits[rows[i]] = table[i]
		}
	})
}

// weighted returns the rows to learn from: those with a weight that are not held
// out.
func (p *problem) weighted(held []int) []int {
	rows := make([]int, 0, len(p.labels)-len(held))
	for i := range len(p.labels) {
		switch {
		case len(held) > 0 && held[0] == i:
			held = held[1:]
		case p.counts(i) > 0:
			rows = append(rows, i)
		}
	}
	return rows
}
