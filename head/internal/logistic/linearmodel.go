package logistic

import "github.com/digitalinnovationone/headstart/head/internal/kernel"

// A linearModel is one set of outputs in a dataPass: for each row x, residuals
// turns the logits W·x into residuals, and the pass adds up residual ⊗ x.
type linearModel struct {
	outputs int
	dim     int
	without int       // the part of the rows to leave out, or none
	weights []float32 // W: padded() rows, zero past outputs
	sums    []float64 // Σ residual ⊗ row, in the layout of weights

	// residuals overwrites the logits of a row with its residuals. It is called
	// by several goroutines at once, in any order.
	residuals func(row int, logits []float64)
	// tally, if there is one, is called with the rows and their residuals in
	// order.
	tally func(row int, residuals []float64)

	values []float32   // of one chunk, row block by row block: padded() × 4 logits or residuals
	shares [][]float64 // what each group of a chunk adds to the sums of a narrow model
}

const none = -1

func newLinearModel(outputs, dim, without int) linearModel {
	m := linearModel{outputs: outputs, dim: dim, without: without}
	m.weights = make([]float32, m.padded()*dim)
	m.sums = make([]float64, m.padded()*dim)
	return m
}

// padded is the number of outputs, rounded up to what the kernels take.
func (m *linearModel) padded() int {
	if m.outputs == 1 {
		return 1
	}
	return (m.outputs + kernel.Outputs - 1) / kernel.Outputs * kernel.Outputs
}

// narrow reports whether the sums are few enough for each group of a chunk to have
// its own.
func (m *linearModel) narrow() bool { return len(m.sums) <= narrowValues }

// products stores W·x of four rows, that of output k and row r at
// values[4·k + r].
func (m *linearModel) products(rows *[kernel.Rows][]float32, values []float32) {
	clear(values)
	var out [kernel.Rows * kernel.Outputs]float32
	var part [kernel.Rows][]float32
	for from := 0; from < m.dim; from += columnBlock {
		for r, row := range rows {
			part[r] = row[from:min(from+columnBlock, m.dim)]
		}
		if m.outputs == 1 {
			kernel.DotOne((*[kernel.Rows]float32)(out[:]), &part, m.weights[from:])
			for r := range kernel.Rows {
				values[r] += out[r]
			}
			continue
		}
		for c := 0; c < m.outputs; c += kernel.Outputs {
			kernel.Dot(&out, &part, m.weights[c*m.dim+from:], m.dim)
			sum := values[c*kernel.Rows : (c+kernel.Outputs)*kernel.Rows]
			for j, v := range out {
				sum[j] += v
			}
		}
	}
}

// tallyChunk calls tally with the rows of a chunk.
func (m *linearModel) tallyChunk(chunk []rowBlock) {
	if m.tally == nil {
		return
	}
	residuals := make([]float64, m.outputs)
	size := m.padded() * kernel.Rows
	for i, b := range chunk {
		if b.part == m.without {
			continue
		}
		for r, row := range b.rows[:b.count] {
			for k := range residuals {
				residuals[k] = float64(m.values[i*size+k*kernel.Rows+r])
			}
			m.tally(row, residuals)
		}
	}
}
