// Package extractor turns images into embeddings: it runs a frozen backbone
// once per image and keeps what comes out in a store, so that the next run has
// only new images to look at.
//
// The way of an image: its bytes' SHA-256 (remembered for unchanged files) → is
// it in the store? if not: decode, orient, resize, crop and normalise (imageio)
// → the backbone's session (internal/ort) → store.
package extractor

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Config says how to extract. Backbone and Store are needed.
type Config struct {
	Backbone  backbone.Backbone
	Store     string         // the folder of the store; made where it is missing
	Workers   int            // images in work at the same time; 0 means one per core
	Limits    imageio.Limits // what one image may cost
	MaxBytes  int64          // the largest image file that is read; 0 means DefaultMaxBytes
	TimeLimit time.Duration  // after which an image is given up; 0 means DefaultTimeLimit
	// RetryUnreadable makes Extract try images again that the store remembers
	// as unreadable.
	RetryUnreadable bool
}

// What zeros in a Config stand for.
const (
	DefaultMaxBytes  = 256 << 20
	DefaultTimeLimit = time.Minute
)

// Extractor makes embeddings with one backbone. It loads the backbone when the
// first image needs it, so that a run which finds everything in the store does
// without ONNX Runtime. Its methods may be called one at a time.
type Extractor struct {
	config  Config
	spec    Spec
	store   *store.Store
	files   *store.Files
	session func() (*ort.Session, error)
	opened  *ort.Session
	memoErr error
}

// New opens the store for the backbone's embeddings. The caller closes the
// Extractor.
func New(config Config) (*Extractor, error) {
	if config.Workers == 0 {
		config.Workers = runtime.GOMAXPROCS(0)
	}
	if config.Workers < 0 {
		return nil, fmt.Errorf("%d workers cannot work", config.Workers)
	}
	if config.MaxBytes == 0 {
		config.MaxBytes = DefaultMaxBytes
	}
	if config.TimeLimit == 0 {
		config.TimeLimit = DefaultTimeLimit
	}
	x := &Extractor{config: config, spec: SpecOf(config.Backbone)}
	x.session = sync.OnceValues(x.open)
	var err error
	x.store, err = store.Open(config.Store, store.Spec{Hash: x.spec.Hash(), Dim: x.spec.Dim, JSON: x.spec.JSON()})
	if err != nil {
		return nil, err
	}
	x.files, err = store.OpenFiles(config.Store)
	return x, err
}

func (x *Extractor) open() (*ort.Session, error) {
	b := x.config.Backbone
	session, err := ort.Open(ort.Model{
		Path:  b.Path,
		Input: b.Input.Name, InputShape: b.Input.Shape,
		Output: b.Output.Name, OutputShape: b.Output.Shape,
	}, 1) // a worker per core keeps the cores busy: see Config.Workers
	x.opened = session
	return session, err
}

// Spec returns what the embeddings depend on besides the images.
func (x *Extractor) Spec() Spec { return x.spec }

// Backbone returns the backbone that makes the embeddings.
func (x *Extractor) Backbone() backbone.Backbone { return x.config.Backbone }

// Store returns the store the embeddings are kept in.
func (x *Extractor) Store() *store.Store { return x.store }

// Close frees the backbone. What Extract has finished is already on the disk.
func (x *Extractor) Close() error {
	if x.opened == nil {
		return nil
	}
	return x.opened.Close()
}

// Rows returns where in the store the embeddings with the given keys lie,
// which an Extract of this store must have seen.
func (x *Extractor) Rows(keys []store.Key) ([]int64, error) {
	entries, err := x.store.Lookup(keys)
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

// Matrix returns the embeddings with the given keys, one row each, in their
// order. The caller closes it.
func (x *Extractor) Matrix(keys []store.Key) (*store.Matrix, error) {
	rows, err := x.Rows(keys)
	if err != nil {
		return nil, err
	}
	return x.store.Rows(rows)
}

// MemoError tells why the store could not remember which files were read, if
// so: the next Extract reads them once more. Embeddings are not concerned.
func (x *Extractor) MemoError() error { return x.memoErr }

// commit makes what was extracted safe.
func (x *Extractor) commit() error {
	if x.memoErr == nil {
		x.memoErr = x.files.Commit()
	}
	return x.store.Commit()
}
