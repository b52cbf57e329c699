// Package extractor turns images into embeddings: it runs a frozen backbone
// once per image and keeps the embeddings in a store, so that the next run
// computes those of new images only.
//
// The path of an image: SHA-256 of its bytes (remembered for unchanged files) →
// is it in the store? if not: decode, orient, resize, crop and normalise
// (imageio) → the backbone's session (internal/ort) → store.
package extractor

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// Config says how to extract. Backbone is required.
type Config struct {
	Backbone  backbone.Backbone
	Store     string         // the folder of the store, made where it is missing; "" keeps nothing
	Device    string         // "cpu", "cuda" or "cuda:N"; "" means "cpu"
	Batch     int            // images per run on a GPU; 0 means DefaultBatch; 1 for a backbone that takes no batches
	Threads   int            // that the backbone uses for each image on a CPU; 0 means 1
	Workers   int            // images in work at the same time; 0 means one per core, and two batches more on a GPU
	Limits    imageio.Limits // what one image may cost
	MaxBytes  int64          // the largest image file that is read; 0 means DefaultMaxBytes
	TimeLimit time.Duration  // after which an image is given up; 0 means DefaultTimeLimit
	Memory    int64          // bytes that decoders may take together; 0 means imageio.DefaultMemory()
	// RetryUnreadable makes Extract try images again that the store remembers
	// as unreadable.
	RetryUnreadable bool
	// Rehash makes Extract read every file, also those that by their size, time
	// and inode are the ones it has read before.
	Rehash bool
}

// What zeros in a Config stand for.
const (
	DefaultBatch     = 64
	DefaultMaxPixels = imageio.DefaultMaxPixels
	DefaultMaxBytes  = 256 << 20
	DefaultTimeLimit = time.Minute
)

// Extractor makes embeddings with one backbone. It loads the backbone when the
// first image needs it, so that a run which finds everything in the store does
// without ONNX Runtime. It is safe for concurrent use.
type Extractor struct {
	config  Config
	device  ort.Device
	spec    Spec
	store   *store.Store     // nil without one
	files   *store.HashCache // nil without a store
	network func() (*network, error)
	loaded  *network

	idle chan *worker // Config.Workers of them; nil is one that is not made yet

	mu      sync.Mutex
	memoErr error
	memory  *imageio.Memory // shared by all decoders
}

// New opens the store for the backbone's embeddings. The caller closes the
// Extractor.
func New(config Config) (*Extractor, error) {
	device, err := config.complete()
	if err != nil {
		return nil, err
	}
	x := &Extractor{
		config: config, device: device, spec: SpecOf(config.Backbone),
		memory: imageio.NewMemory(config.Memory), idle: make(chan *worker, config.Workers),
	}
	for range config.Workers {
		x.idle <- nil
	}
	x.network = sync.OnceValues(func() (*network, error) {
		var err error
		x.loaded, err = x.load()
		return x.loaded, err
	})
	if config.Store == "" {
		return x, nil
	}
	root, err := store.OpenRoot(config.Store)
	if err != nil {
		return nil, err
	}
	x.store, err = root.Open(store.Spec{Dim: x.spec.Dim, JSON: x.spec.JSON()})
	if err != nil {
		return nil, err
	}
	x.files, err = root.HashCache()
	return x, err
}

// complete puts defaults in the place of zeros, and returns the device.
func (c *Config) complete() (ort.Device, error) {
	if c.Device == "" {
		c.Device = "cpu"
	}
	device, err := ort.ParseDevice(c.Device)
	if err != nil {
		return device, fmt.Errorf("device %w", err)
	}
	if c.Batch == 0 {
		c.Batch = DefaultBatch
	}
	if c.Backbone.OneAtATime {
		c.Batch = 1
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
		if device.CUDA { // one batch in work and one that fills up while the cores decode
			c.Workers += 2 * c.Batch
		}
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = DefaultMaxBytes
	}
	if c.TimeLimit == 0 {
		c.TimeLimit = DefaultTimeLimit
	}
	if c.Memory == 0 {
		c.Memory = imageio.DefaultMemory()
	}
	if c.Batch < 0 || c.Memory < 0 || c.Threads < 0 || c.Workers < 0 {
		return device, fmt.Errorf("batch %d, threads %d, workers %d and memory %d must not be negative", c.Batch, c.Threads, c.Workers, c.Memory)
	}
	return device, nil
}

// Spec returns what the embeddings depend on besides the images.
func (x *Extractor) Spec() Spec { return x.spec }

// Backbone returns the backbone that makes the embeddings.
func (x *Extractor) Backbone() backbone.Backbone { return x.config.Backbone }

// Store returns the store the embeddings are kept in, nil if there is none.
func (x *Extractor) Store() *store.Store { return x.store }

// Keeps tells whether new embeddings are kept: not without a store, nor in one
// that can only be read.
func (x *Extractor) Keeps() bool { return x.store != nil && x.store.ReadOnly() == nil }

// ReadOnly tells why nothing can be written to the store, if so.
func (x *Extractor) ReadOnly() error {
	if x.store == nil {
		return nil
	}
	return x.store.ReadOnly()
}

// Close frees the backbone; no other call may be running. What Extract has finished is already on the disk.
func (x *Extractor) Close() error {
	x.closeWorkers()
	if x.loaded == nil {
		return nil
	}
	return x.loaded.close()
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
// order: see store.Store.Rows.
func (x *Extractor) Matrix(ctx context.Context, keys []store.Key) (*store.Matrix, error) {
	return x.store.Rows(ctx, keys)
}

// MemoError tells why the store could not remember which files were read, if
// so: the next Extract reads them once more. Embeddings are not concerned.
func (x *Extractor) MemoError() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.memoErr
}

// commit makes what was extracted safe.
func (x *Extractor) commit() error {
	if !x.Keeps() {
		return nil
	}
	x.mu.Lock()
	if x.memoErr == nil {
		x.memoErr = x.files.Commit()
	}
	x.mu.Unlock()
	return x.store.Commit()
}
