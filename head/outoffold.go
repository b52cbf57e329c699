package head

import "slices"

// OutOfFold is what cross-validation says of each row: the answer of a fit that
// has seen neither the row nor another of its group.
type OutOfFold struct {
	// Folds is the fold that held out each row, or -1 for a row that is not
	// scored: its class is in no other fold, or its fold was not held out.
	Folds []int

	at            []int // of each row, where its probabilities are
	probabilities func(i int) []float64
}

// Probabilities returns the calibrated probability of each class for a row that
// is scored, and stores them in dst if that has room. It must not be called by
// several goroutines at once.
func (o *OutOfFold) Probabilities(row int, dst []float64) []float64 {
	return append(dst[:0], o.probabilities(o.at[row])...)
}

// outOfFold keeps what t says of held-out rows.
func (p *problem) outOfFold(t *trial) *OutOfFold {
	o := &OutOfFold{
		Folds:         slices.Repeat([]int{-1}, p.x.Len()),
		at:            make([]int, p.x.Len()),
		probabilities: temperatureScaled(t.logits, t.calibration.Temperature),
	}
	for at, row := range p.scorable {
		o.at[row] = at
	}
	for fold, rows := range p.folds {
		for _, row := range rows {
			if _, scored := slices.BinarySearch(p.scorable, row); scored {
				o.Folds[row] = fold
			}
		}
	}
	return o
}
