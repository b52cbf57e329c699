package head

import (
	"context"
	"fmt"

	"github.com/digitalinnovationone/headstart/internal/matrix"
)

// Matrix is a matrix of embeddings, one row per image. Rows are only read, and
// may be read by several goroutines at once; they may lie in a memory-mapped
// file.
type Matrix = matrix.Float32

// NotFiniteError says that an embedding holds a NaN or an infinite value.
type NotFiniteError struct {
	Row    int     // which embedding
	Column int     // which of its values
	Value  float32 // NaN or ±Inf
}

func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("embedding %d is not finite: value %d is %v", e.Row, e.Column, e.Value)
}

func checkFinite(ctx context.Context, x Matrix) error {
	for i := range x.Len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := x.Row(i)
		if j := matrix.NonFinite(row); j >= 0 {
			return &NotFiniteError{Row: i, Column: j, Value: row[j]}
		}
	}
	return nil
}
