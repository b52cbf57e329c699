package head

import (
	"fmt"
	"slices"
)

// Matrix is a table of embeddings, one row per image. Rows are only read, and
// may be read by several goroutines at once; they may lie in a memory-mapped
// file.
type Matrix interface {
	// Len is the number of rows.
	Len() int
	// Dim is the number of values in each row.
	Dim() int
	// Row returns row i, of length Dim. It is not modified.
	Row(i int) []float32
}

// NotFiniteError says that an embedding holds a NaN or an infinite value.
type NotFiniteError struct {
	Row    int     // which embedding
	Column int     // which of its values
	Value  float32 // NaN or ±Inf
}

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("embedding %d is not finite: value %d is %v", e.Row, e.Column, e.Value)
}

// table returns rows of zeros that lie one after the other in memory.
func table[T float32 | float64](rows, columns int) [][]T {
	return slices.AppendSeq(make([][]T, 0, rows), slices.Chunk(make([]T, rows*columns), columns))
}

func checkFinite(x Matrix) error {
	for i := range x.Len() {
		for j, v := range x.Row(i) {
			if v-v != 0 { // true of NaN and ±Inf alone
				return &NotFiniteError{Row: i, Column: j, Value: v}
			}
		}
	}
	return nil
}
