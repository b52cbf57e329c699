package head

import "slices"

// OutOfFold is what cross-validation says of each row: the answer of a fit that
// has seen neither the row nor another of its group. The fit's kind, C and
// temperature were chosen by rows of other folds.
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

// A crossFit tells held-out rows what the trial says that the other parts chose.
type crossFit struct {
	*problem
	by []*trial // of each part
}

// probabilities returns a function that computes those of a scored row, before
// calibration or after.
func (c *crossFit) probabilities(calibrated bool) func(i int) []float64 {
	return temperatureScaled(func(i int) ([]float32, float64) {
		part := c.part[i]
		if t := c.by[part]; calibrated {
			return t.crossFitted[i], t.crossTemperatures[part]
		}
		return c.by[part].crossFitted[i], 1
	})
}

// outOfFold returns the answers to all rows.
func (c *crossFit) outOfFold() *OutOfFold {
	o := &OutOfFold{
		Folds:         slices.Repeat([]int{-1}, len(c.labels)),
		at:            make([]int, len(c.labels)),
		probabilities: c.probabilities(true),
	}
	for at, row := range c.scorable {
		o.at[row] = at
	}
	for fold, rows := range c.folds {
		for _, row := range rows {
			if _, scored := slices.BinarySearch(c.scorable, row); scored {
				o.Folds[row] = fold
			}
		}
	}
	return o
}
