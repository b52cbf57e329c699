package extractor

import (
	"context"
	"fmt"

	"github.com/digitalinnovationone/headstart/extractor/store"
)

// StoreError says that a store cannot be opened.
type StoreError struct {
	Folder string
	Err    error
}

func (e *StoreError) Error() string { return e.Err.Error() }
func (e *StoreError) Unwrap() error { return e.Err }

// OpenStore opens the store, as the first Extract does otherwise. Its error is a
// *StoreError.
func (x *Extractor) OpenStore() error {
	_, err := x.open()
	return err
}

// open opens the store unless that is done, and returns how many rows it has.
func (x *Extractor) open() (rows int64, err error) {
	if x.config.Store == "" {
		return 0, nil
	}
	x.opening.Lock()
	defer x.opening.Unlock()
	if x.store == nil {
		if err := x.openStore(); err != nil {
			return 0, &StoreError{x.config.Store, err}
		}
	}
	return x.store.RowCount()
}

func (x *Extractor) openStore() error {
	root, err := store.OpenRoot(x.config.Store)
	if err != nil {
		return err
	}
	s, err := root.Open(store.Spec{Dim: x.spec.Dim, JSON: x.spec.JSON()})
	if err != nil {
		return err
	}
	if x.wider, err = findWider(root, x.spec); err != nil {
		return err
	}
	if x.files, err = root.HashCache(); err != nil {
		return err
	}
	if x.thumbnails, err = openThumbnails(root); err != nil {
		return err
	}
	x.store = s
	return nil
}

// Store returns the store the embeddings are kept in, nil if there is none or it
// is not open yet.
func (x *Extractor) Store() *store.Store {
	x.opening.Lock()
	defer x.opening.Unlock()
	return x.store
}

// Keeps tells whether new embeddings are kept: not without a store, nor in one
// that can only be read.
func (x *Extractor) Keeps() bool {
	s := x.Store()
	return s != nil && s.ReadOnly() == nil
}

// ReadOnly tells why nothing can be written to the store, if so.
func (x *Extractor) ReadOnly() error {
	if s := x.Store(); s != nil {
		return s.ReadOnly()
	}
	return nil
}

// Rows returns where in the store the embeddings with the given keys are,
// which an Extract of this store must have seen.
func (x *Extractor) Rows(keys []store.Key) ([]int64, error) {
	entries, err := x.Store().Lookup(keys)
	if err != nil {
		return nil, err
	}
	rows := make([]int64, len(entries))
	for i, entry := range entries {
		if entry.State != store.Stored {
			return nil, fmt.Errorf("no embedding of image %s is in the store", keys[i])
		}
		rows[i] = entry.Row
	}
	return rows, nil
}

// Matrix returns the embeddings with the given keys, which an Extract of this
// store must have seen, one row each, in their order: see store.Store.Rows.
func (x *Extractor) Matrix(ctx context.Context, keys []store.Key) (*store.Matrix, error) {
	return x.Store().Rows(ctx, keys)
}

// MemoError tells why the store could not remember which files were read, if
// so: the next Extract reads them once more. Embeddings are not concerned.
func (x *Extractor) MemoError() error {
	x.opening.Lock()
	defer x.opening.Unlock()
	return x.memoErr
}

// commit makes what was extracted safe.
func (x *Extractor) commit() error {
	if !x.Keeps() {
		return nil
	}
	x.opening.Lock()
	x.memoErr = x.files.Commit() // what could not be written is tried again the next time
	x.opening.Unlock()
	if err := x.store.Commit(); err != nil {
		return err
	}
	return x.commitThumbnails()
}
