package headstart

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/extractor/store/export"
)

// Table is a file of embeddings for other programs.
type Table struct {
	Path   string
	format export.Format
}

// NewTable returns the table at path in a format: npy, csv or parquet, or "" for
// the one that path ends in.
func NewTable(path, format string) (*Table, error) {
	if format == "" {
		format = strings.TrimPrefix(filepath.Ext(path), ".")
	}
	f := export.Format(strings.ToLower(format))
	if !slices.Contains(export.Formats, f) {
		return nil, fmt.Errorf("format %q is neither npy, csv nor parquet", format)
	}
	return &Table{path, f}, nil
}

// Files returns the files that the table is written to. For npy these are two: a
// float32 matrix, and a CSV file with the other columns.
func (t *Table) Files() []string {
	if t.format == export.NPY {
		return []string{t.Path, export.Sidecar(t.Path)}
	}
	return []string{t.Path}
}

// Check is [CheckOutput] for the table's files.
func (t *Table) Check(inputs ...string) error {
	for _, path := range t.Files() {
		if err := CheckOutput(TableFile, path, inputs...); err != nil {
			return err
		}
	}
	return nil
}

// TableSize is the size of a table.
type TableSize struct{ Rows, Dim int }

// WriteTable writes a row per image: sha256, path, label, split and embedding.
func (e *Embeddings) WriteTable(ctx context.Context, t *Table) (TableSize, error) {
	matrix, err := e.Matrix(ctx)
	if err != nil {
		return TableSize{}, err
	}
	defer matrix.Close()
	return t.write(ctx, matrix, func(i int) export.Row {
		s := e.Samples[i]
		return export.Row{SHA256: e.Keys[i].String(), Path: s.Path, Label: s.Label, Split: string(s.Split)}
	})
}

// Export writes all embeddings of one backbone, in the order they were made, with
// a path where a file is remembered. which is the name or file of the backbone,
// or at least the first four digits of its SHA-256 or of the hash that Info
// shows; "" means the only embeddings there are.
func (s *Store) Export(ctx context.Context, which string, t *Table) (TableSize, error) {
	all, err := s.embeddings()
	if err != nil {
		return TableSize{}, err
	}
	k, err := s.pick(all, which)
	if err != nil {
		return TableSize{}, err
	}
	rows, err := s.root.OpenHash(k.Hash)
	if err != nil {
		return TableSize{}, err
	}
	images, err := rows.Images()
	if err != nil {
		return TableSize{}, err
	}
	files, err := s.root.HashCache()
	if err != nil {
		return TableSize{}, err
	}
	paths, err := files.Paths(ctx)
	if err != nil {
		return TableSize{}, err
	}
	keys := make([]store.Key, len(images))
	for i, image := range images {
		keys[i] = image.Key
	}
	matrix, err := rows.Rows(ctx, keys)
	if err != nil {
		return TableSize{}, err
	}
	defer matrix.Close()
	return t.write(ctx, &Matrix{matrix, matrix}, func(i int) export.Row {
		return export.Row{SHA256: keys[i].String(), Path: paths[keys[i]]}
	})
}

func (t *Table) write(ctx context.Context, m *Matrix, describe func(i int) export.Row) (TableSize, error) {
	for _, path := range t.Files() {
		if err := checkReplaceable(TableFile, path); err != nil {
			return TableSize{}, err
		}
	}
	err := m.Guard(func() error {
		return export.Write(ctx, t.Path, t.format, export.Rows{
			Len: m.Len(),
			Dim: m.Dim(),
			All: func(yield func(export.Row) bool) {
				for i := range m.Len() {
					row := describe(i)
					row.Embedding = m.Row(i)
					if !yield(row) {
						return
					}
				}
			},
		})
	})
	if err != nil && ctx.Err() == nil {
		err = &OutputError{"table", t.Path, err}
	}
	return TableSize{m.Len(), m.Dim()}, err
}
