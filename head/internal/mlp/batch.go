package mlp

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/digitalinnovationone/headstart/head/internal/aligned"
)

// A batch is the rows of one step on their way through the network and back.
// Its tables hold one row for each of them.
type batch struct {
	rows   []int     // of the matrix
	inputs table     // dim columns: standardised
	kept   table     // hidden units: what dropout multiplies them by
	hidden table     // hidden units: after ReLU and dropout
	blame  table     // hidden units: the loss's derivatives by what goes into ReLU
	errors table     // classes: the loss's derivatives by the logits
	losses []float64 // weighted cross-entropy
}

func newBatch(rows, dim, hidden, classes int) *batch {
	return &batch{
		inputs: newTable(rows, dim),
		kept:   newTable(rows, hidden),
		hidden: newTable(rows, hidden),
		blame:  newTable(rows, hidden),
		errors: newTable(rows, classes),
		losses: make([]float64, rows),
	}
}

// A table holds rows of float32 one after the other.
type table struct {
	columns int
	values  []float32
}

func newTable(rows, columns int) table {
	return table{columns, aligned.Floats(rows * columns)}
}

func (t table) row(i int) []float32 { return t.values[i*t.columns : (i+1)*t.columns] }

func (t table) vector(i int) blas32.Vector { return vector(t.row(i)) }

// drawKept decides by chance which hidden units learn from a row in an epoch.
// Each row has a source of its own, so that rows may be taken in any order.
// What is kept is scaled up, so that the units' sum stays the same on average.
func drawKept(dst []float32, opt Options, row, epoch int) {
	chance := rand.New(rand.NewPCG(opt.Seed, uint64(epoch)<<40|uint64(row)))
	keep := 1 - opt.Dropout
	bound := uint32(min(keep*(1<<32), 1<<32-1))
	for k := range dst {
		dst[k] = 0
		if chance.Uint32() <= bound {
			dst[k] = float32(1 / keep)
		}
	}
}

// keepAll is for rows that are not learnt from.
func keepAll(dst []float32) {
	for k := range dst {
		dst[k] = 1
	}
}
