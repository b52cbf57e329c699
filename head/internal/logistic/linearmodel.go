package logistic

// A lane is one set of outputs of a sweep: for each row x, turn makes residuals
// of the logits W·x, and the sweep adds up residual ⊗ x.
type lane struct {
	outputs int
	dim     int
	// held is the part of the rows to pass over, or none.
	held int
	// weights are W: padded() rows, of which those past outputs are zero.
	weights []float32
	// sums is Σ residual ⊗ row, laid out as weights are.
	sums []float64
	// turn overwrites the logits of a row of the matrix with its residuals. It
	// is called by several goroutines at once, in no order.
	turn func(row int, logits []float64)
	// tally, if there is one, is called with the rows and their residuals in
	// order.
	tally func(row int, residuals []float64)

	values []float32 // of one block: quad by quad, padded() × 4 logits or residuals
	// shares are what each group of a block adds to sums, if the lane is narrow.
	shares [][]float64
}

const none = -1

func newLane(outputs, dim, held int) lane {
	l := lane{outputs: outputs, dim: dim, held: held}
	l.weights = make([]float32, l.padded()*dim)
	l.sums = make([]float64, l.padded()*dim)
	return l
}

// padded is the number of outputs, rounded up to what the kernels take.
func (l *lane) padded() int {
	if l.outputs == 1 {
		return 1
	}
	return (l.outputs + tripleOutputs - 1) / tripleOutputs * tripleOutputs
}

// narrow tells whether there are so few sums that each group of a block can
// have its own.
func (l *lane) narrow() bool { return len(l.sums) <= narrowValues }

// products stores W·x of four rows, that of output k and row r at
// values[4·k + r].
func (l *lane) products(rows *[quadRows][]float32, values []float32) {
	clear(values)
	var out [quadRows * tripleOutputs]float32
	var part [quadRows][]float32
	for from := 0; from < l.dim; from += strip {
		for r, row := range rows {
			part[r] = row[from:min(from+strip, l.dim)]
		}
		if l.outputs == 1 {
			dotOne((*[quadRows]float32)(out[:]), &part, l.weights[from:])
			for r := range quadRows {
				values[r] += out[r]
			}
			continue
		}
		for c := 0; c < l.outputs; c += tripleOutputs {
			dot(&out, &part, l.weights[c*l.dim+from:], l.dim)
			sum := values[c*quadRows : (c+tripleOutputs)*quadRows]
			for j, v := range out {
				sum[j] += v
			}
		}
	}
}

func clearColumn(values []float32, r int) {
	for ; r < len(values); r += quadRows {
		values[r] = 0
	}
}

func tally(l *lane, block []quad) {
	if l.tally == nil {
		return
	}
	residuals := make([]float64, l.outputs)
	size := l.padded() * quadRows
	for i, q := range block {
		if q.part == l.held {
			continue
		}
		for r, row := range q.rows[:q.count] {
			for k := range residuals {
				residuals[k] = float64(l.values[i*size+k*quadRows+r])
			}
			l.tally(row, residuals)
		}
	}
}
