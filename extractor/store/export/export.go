// Package export writes embeddings, with what is known of their images, as files
// that other programs read.
//
// A row is an image: sha256, path, label, split and embedding. An image of which
// no path, label or split is known has "" there. Rows are written as they come,
// so that memory does not grow with their number, and a file appears under its
// name only when it is complete.
package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"iter"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
)

// A Row is an image and its embedding.
type Row struct {
	SHA256    string // of the image's bytes, in hexadecimal
	Path      string // any bytes
	Label     string
	Split     string
	Embedding []float32
}

// Rows is a table to be written.
type Rows struct {
	Len int // how many rows All yields
	Dim int // values in each embedding
	All iter.Seq[Row]
}

// Format is a kind of file.
type Format string

// The formats.
const (
	// NPY is numpy's: float32 [rows, dim], little-endian. Beside it stands a CSV
	// file of the other columns, a line per row: see Sidecar.
	NPY Format = "npy"
	// CSV has a header line and a column per value: embedding_0, embedding_1, …
	// Values have as many digits as it takes to read the same float32 back.
	CSV Format = "csv"
	// Parquet has the columns sha256, path, label and split (strings, in which
	// bytes that are not UTF-8 are replaced) and embedding (a list of float32).
	Parquet Format = "parquet"
)

// Formats lists them.
var Formats = []Format{NPY, CSV, Parquet}

// Write writes the rows to a file. The error names the file. When ctx is done it
// stops, and path is as it was.
func Write(ctx context.Context, path string, format Format, rows Rows) error {
	var files []file
	switch format {
	case NPY:
		// The matrix last: whoever sees it finds the sidecar there.
		files = append(files, file{Sidecar(path), func(w io.Writer) error { return writeCSV(w, rows, false) }})
		files = append(files, file{path, func(w io.Writer) error { return writeNPY(w, rows) }})
	case CSV:
		files = append(files, file{path, func(w io.Writer) error { return writeCSV(w, rows, true) }})
	case Parquet:
		files = append(files, file{path, func(w io.Writer) error { return writeParquet(w, rows) }})
	default:
		return fmt.Errorf("unknown format %q", format)
	}
	return writeAll(ctx, files)
}

// Sidecar returns where the sha256, path, label and split of a .npy file's rows
// are.
func Sidecar(path string) string { return path + ".csv" }

// file is one to be written.
type file struct {
	path string
	fill func(w io.Writer) error
}

// writeAll fills all files before the first of them gets its name, so that old
// ones stay together where the disk is too small for the new ones.
func writeAll(ctx context.Context, files []file) error {
	var filled []*atomicfile.File
	for _, f := range files {
		out, err := atomicfile.Create(f.path, 0o666)
		if err != nil {
			return err
		}
		defer out.Close()
		large := bufio.NewWriterSize(stoppable{ctx, out}, 1<<18)
		err = f.fill(large)
		if err == nil {
			err = large.Flush()
		}
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", f.path, err)
		}
		filled = append(filled, out)
	}
	for _, out := range filled {
		if err := out.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// stoppable is a writer that fails when ctx is done.
type stoppable struct {
	ctx context.Context
	w   io.Writer
}

func (s stoppable) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}

var columns = []string{"sha256", "path", "label", "split"}

func writeCSV(w io.Writer, rows Rows, values bool) error {
	lines := csv.NewWriter(w)
	line := append([]string(nil), columns...)
	if values {
		for i := range rows.Dim {
			line = append(line, fmt.Sprintf("embedding_%d", i))
		}
	}
	if err := lines.Write(line); err != nil {
		return err
	}
	for row := range rows.All {
		line = append(line[:0], row.SHA256, row.Path, row.Label, row.Split)
		if values {
			line = appendValues(line, row.Embedding)
		}
		if err := lines.Write(line); err != nil {
			return err
		}
	}
	lines.Flush()
	return lines.Error()
}
