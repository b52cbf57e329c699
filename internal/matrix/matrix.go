// Package matrix has the one shape in which embeddings travel between the
// extractor, which makes them, and everything that learns from them: rows of
// float32, in a file or in memory.
package matrix

import (
	"context"
	"iter"
)

// Float32 is a matrix of embeddings, one row per image. Rows are only read, and
// may be read by several goroutines at once; they may lie in a memory-mapped
// file.
type Float32 interface {
	// Len returns the number of rows.
	Len() int
	// Dim returns the number of values in each row.
	Dim() int
	// Row returns row i, of length Dim. The caller must not change it.
	Row(i int) []float32
}

// Dense is a Float32 in memory: Data holds its rows of length Cols, one after
// the other.
type Dense struct {
	Data []float32
	Cols int
}

// New returns a Dense of zeros.
func New(rows, cols int) Dense { return Dense{make([]float32, rows*cols), cols} }

// Len returns the number of rows.
func (d Dense) Len() int { return len(d.Data) / d.Cols }

// Dim returns the number of values in each row.
func (d Dense) Dim() int { return d.Cols }

// Row returns row i, which shares memory with d.
func (d Dense) Row(i int) []float32 { return d.Data[i*d.Cols : (i+1)*d.Cols] }

// Selection is some rows of a Float32, in any order.
type Selection struct {
	Float32
	Rows []int
}

// Len returns the number of selected rows.
func (s Selection) Len() int { return len(s.Rows) }

// Row returns row i of the selection.
func (s Selection) Row(i int) []float32 { return s.Float32.Row(s.Rows[i]) }

// trailing is the last columns of a Float32.
type trailing struct {
	Float32
	from int
}

// LastColumns returns so many of the last columns of x, which shares its rows.
func LastColumns(x Float32, dim int) Float32 {
	if dim == x.Dim() {
		return x
	}
	return trailing{x, x.Dim() - dim}
}

// Dim returns the number of values in each row.
func (t trailing) Dim() int { return t.Float32.Dim() - t.from }

// Row returns the last values of row i.
func (t trailing) Row(i int) []float32 { return t.Float32.Row(i)[t.from:] }

// Until yields rows, and stops early once ctx is done, so that whoever reads many
// rows asks ctx for its error once, afterwards.
func Until(ctx context.Context, rows []int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, row := range rows {
			if ctx.Err() != nil || !yield(row) {
				return
			}
		}
	}
}

// Table returns rows of zeros that lie one after the other in memory.
func Table[T float32 | float64](rows, cols int) [][]T {
	data, table := make([]T, rows*cols), make([][]T, rows)
	for i := range table {
		table[i] = data[i*cols : (i+1)*cols : (i+1)*cols]
	}
	return table
}

// NonFinite returns the index of the first NaN or infinite value, or -1.
func NonFinite[T float32 | float64](values []T) int {
	for i, v := range values {
		if v-v != 0 { // true of NaN and ±Inf alone
			return i
		}
	}
	return -1
}

// Finite tells whether no value is NaN or infinite.
func Finite[T float32 | float64](values []T) bool { return NonFinite(values) < 0 }
