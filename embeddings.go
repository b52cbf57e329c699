package headstart

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/head"
)

// Embeddings are the embeddings of those of some samples that could be read.
type Embeddings struct {
	Samples    []dataset.Sample // in the order they were given
	Keys       []store.Key      // SHA-256 of each sample's bytes
	Cached     int              // of the samples, those that were in the store before
	Unreadable []Unreadable     // images that could not be read
	Skipped    int              // files found in folders that are not images

	engine   *Engine
	x        *extractor.Extractor
	computed map[store.Key][]float32 // those that are not in the store
}

// Unreadable is an image that could not be read.
type Unreadable struct {
	Path string
	Err  error
}

func (e *Embeddings) add(r extractor.Result) {
	switch {
	case r.Skipped():
		e.Skipped++
		return
	case r.Err != nil:
		e.Unreadable = append(e.Unreadable, Unreadable{r.Sample.Path, r.Err})
		return
	}
	r.Sample.Label = dataset.ClassName(r.Sample.Label) // which a program may have filled in
	e.Samples = append(e.Samples, r.Sample)
	e.Keys = append(e.Keys, r.Key)
	if r.Cached {
		e.Cached++
	}
	if r.Cached && !r.Copied || e.x.Keeps() {
		return
	}
	if e.computed == nil {
		e.computed = map[store.Key][]float32{}
	}
	e.computed[r.Key] = slices.Clone(r.Embedding)
}

// Backbone returns the backbone that made the embeddings.
func (e *Embeddings) Backbone() backbone.Backbone { return e.x.Backbone() }

// VectorsPath returns the NumPy file of the store that holds the embeddings,
// "" without a store.
func (e *Embeddings) VectorsPath() string {
	if e.x.Store() == nil {
		return ""
	}
	return e.x.Store().VectorsPath()
}

// In returns the embeddings of one split.
func (e *Embeddings) In(split dataset.Split) *Embeddings {
	return e.only(func(i int) bool { return e.Samples[i].Split == split })
}

// only returns the embeddings of the samples that are wanted.
func (e *Embeddings) only(wanted func(i int) bool) *Embeddings {
	some := &Embeddings{engine: e.engine, x: e.x, computed: e.computed}
	for i, s := range e.Samples {
		if wanted(i) {
			some.Samples = append(some.Samples, s)
			some.Keys = append(some.Keys, e.Keys[i])
		}
	}
	return some
}

// Matrix is embeddings in memory or mapped from the store, one row each.
type Matrix struct {
	head.Matrix
	stored *store.Matrix // nil if all is in memory
}

// Close gives the memory back. No row may be used afterwards.
func (m *Matrix) Close() error {
	if m.stored == nil {
		return nil
	}
	return m.stored.Close()
}

// Guard calls fn, which reads rows, and returns its error, or one that names the
// file if another program has cut that short meanwhile.
func (m *Matrix) Guard(fn func() error) error {
	if m.stored == nil {
		return fn()
	}
	return m.stored.Guard(fn)
}

// Matrix returns one row per sample. Rows that are damaged in the store are made
// again. The caller closes the Matrix.
func (e *Embeddings) Matrix(ctx context.Context) (*Matrix, error) {
	m, err := e.matrix(ctx)
	if damaged, ok := errors.AsType[*store.MissingError](err); ok {
		if err := e.makeAgain(ctx, damaged.Keys); err != nil {
			return nil, err
		}
		m, err = e.matrix(ctx)
	}
	return m, err
}

// makeAgain makes the embeddings with the given keys, whose rows are damaged.
func (e *Embeddings) makeAgain(ctx context.Context, keys []store.Key) error {
	damaged := make(map[store.Key]bool, len(keys))
	for _, key := range keys {
		damaged[key] = true
	}
	samples := e.only(func(i int) bool {
		again := damaged[e.Keys[i]]
		delete(damaged, e.Keys[i]) // once, however many samples have these bytes
		return again
	}).Samples
	again, err := e.engine.extract(ctx, e.x, samples)
	if err != nil {
		return err
	}
	if len(again.Unreadable) > 0 {
		lost := again.Unreadable[0]
		return fmt.Errorf("the embedding of %s is damaged in the store and cannot be made again: %w", lost.Path, lost.Err)
	}
	if again.computed != nil && e.computed == nil {
		e.computed = map[store.Key][]float32{}
	}
	maps.Copy(e.computed, again.computed)
	return nil
}

func (e *Embeddings) matrix(ctx context.Context) (*Matrix, error) {
	if len(e.computed) == 0 {
		return e.stored(ctx, e.Keys)
	}
	var keys []store.Key // in the store
	for _, key := range e.Keys {
		if e.computed[key] == nil {
			keys = append(keys, key)
		}
	}
	rows := rowsInMemory{dim: e.x.Backbone().Dim, rows: make([][]float32, 0, len(e.Keys))}
	stored := &Matrix{}
	if len(keys) > 0 {
		var err error
		if stored, err = e.stored(ctx, keys); err != nil {
			return nil, err
		}
	}
	next := 0
	for _, key := range e.Keys {
		row := e.computed[key]
		if row == nil {
			row = stored.Row(next)
			next++
		}
		rows.rows = append(rows.rows, row)
	}
	return &Matrix{rows, stored.stored}, nil
}

func (e *Embeddings) stored(ctx context.Context, keys []store.Key) (*Matrix, error) {
	matrix, err := e.x.Matrix(ctx, keys)
	if err != nil {
		return nil, err
	}
	return &Matrix{matrix, matrix}, nil
}

// lastBlock returns the columns of rows that hold the backbone's last block, or rows
// if they do not hold it.
func (e *Embeddings) lastBlock(rows head.Matrix) head.Matrix {
	at := 0
	for _, block := range e.x.Backbone().Given() {
		if block.Name == backbone.LastBlock {
			return columns{rows, at, at + block.Dim}
		}
		at += block.Dim
	}
	return rows
}

// columns is some columns of a matrix, one after the other.
type columns struct {
	head.Matrix
	from, to int
}

func (c columns) Dim() int            { return c.to - c.from }
func (c columns) Row(i int) []float32 { return c.Matrix.Row(i)[c.from:c.to] }

// rowsInMemory is a matrix of rows that lie anywhere.
type rowsInMemory struct {
	dim  int
	rows [][]float32
}

func (r rowsInMemory) Len() int            { return len(r.rows) }
func (r rowsInMemory) Dim() int            { return r.dim }
func (r rowsInMemory) Row(i int) []float32 { return r.rows[i] }
