package store

import (
	"fmt"
	"os"
	"slices"

	"github.com/edsrzf/mmap-go"
)

// A Matrix is a selection of a store's rows, mapped into memory from the file:
// nothing is read before it is used, and nothing is copied. Rows that are added
// to the store later do not change it. It is safe for concurrent use.
type Matrix struct {
	rows   []int64
	dim    int
	mapped mmap.MMap
	values []float32 // of all rows of the file, committed when it was mapped
}

// Rows returns the given rows, as Lookup found them, in that order; the same row
// may occur more than once. The caller closes the Matrix.
func (s *Store) Rows(rows []int64) (*Matrix, error) {
	s.mu.Lock()
	committed := s.rows
	s.mu.Unlock()
	for _, row := range rows {
		if row < 0 || row >= committed {
			return nil, fmt.Errorf("cannot read row %d of the %d in %s", row, committed, s.VectorsPath())
		}
	}
	f, err := os.Open(s.VectorsPath())
	if err != nil {
		return nil, s.index.damaged(err)
	}
	defer f.Close()
	// Touching a page behind the end of the file would kill the process.
	if err := s.checkSize(f, committed); err != nil {
		return nil, err
	}
	mapped, err := mmap.MapRegion(f, int(s.offset(committed)), mmap.RDONLY, 0, 0)
	if err != nil {
		return nil, fmt.Errorf("cannot map %s: %w", s.VectorsPath(), err)
	}
	return &Matrix{
		rows:   slices.Clone(rows),
		dim:    s.dim,
		mapped: mapped,
		values: float32s(mapped[headerSize:]),
	}, nil
}

// Len returns the number of rows.
func (m *Matrix) Len() int { return len(m.rows) }

// Dim returns the number of values in each row.
func (m *Matrix) Dim() int { return m.dim }

// Row returns row i of the selection. It is read-only memory, valid until Close.
func (m *Matrix) Row(i int) []float32 {
	start := int(m.rows[i]) * m.dim
	return m.values[start : start+m.dim : start+m.dim]
}

// bytes returns a row of the file as it is stored.
func (m *Matrix) bytes(row int64) []byte {
	size := int64(m.dim) * 4
	return m.mapped[headerSize+row*size:][:size]
}

// Close gives the memory back. No row may be used afterwards.
func (m *Matrix) Close() error {
	if m.mapped == nil {
		return nil
	}
	m.values = nil
	return m.mapped.Unmap()
}
