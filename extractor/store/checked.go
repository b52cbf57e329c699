package store

import (
	"context"
	"fmt"
)

// CheckedRows returns the rows of the given images, in their order, like Rows,
// but reads them all and compares each with its checksum first. An image
// without a row, and a row that is not the one that was committed for its
// image, is an error, and so is ctx's cause when it is done. The caller closes the
// Matrix.
func (s *Store) CheckedRows(ctx context.Context, keys []Key) (*Matrix, error) {
	rows := make([]int64, len(keys))
	sums := make([]uint32, len(keys))
	for start := 0; start < len(keys) && ctx.Err() == nil; start += lookupBatch {
		if err := s.view(func(tx *indexTx) error {
			for i := start; i < min(start+lookupBatch, len(keys)); i++ {
				e, sum, err := parseValue(tx.entries.Get(keys[i][:]), tx.rows)
				if err != nil || e.State != Stored {
					return s.index.damaged(fmt.Sprintf("it has no row for image %v", keys[i]))
				}
				rows[i], sums[i] = e.Row, sum
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	m, err := s.Rows(rows)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		if ctx.Err() != nil {
			m.Close()
			return nil, context.Cause(ctx)
		}
		if checksum(keys[i], m.bytes(row)) != sums[i] {
			m.Close()
			return nil, fmt.Errorf("%s is %w (row %d, of image %v, does not match its checksum): %s",
				s.VectorsPath(), errDamaged, row, keys[i], s.index.remedy)
		}
	}
	return m, nil
}
