// Package extractor turns images into embeddings: it runs a frozen backbone
// once per image and keeps the embeddings in a store, so that the next run
// computes those of new images only.
//
// The path of an image: SHA-256 of its bytes (remembered for unchanged files) →
// is it in the store? if not: decode, orient, resize, crop and normalise
// (imageio) → the backbone's session (internal/ort) → store.
package extractor

import (
	"errors"
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

// ErrClosed is returned by an Extractor that is closed.
var ErrClosed = errors.New("closed already")

// Extractor makes embeddings with one backbone. It opens the store when samples
// are to be extracted, and loads the backbone when the first image needs it, so
// that a run which finds everything in the store does without ONNX Runtime. It is
// safe for concurrent use.
type Extractor struct {
	config Config
	device ort.Device
	spec   Spec
	memory *imageio.Memory // shared by all decoders
	idle   chan *worker    // Config.Workers of them; nil is one that is not made yet

	loading sync.Mutex
	loaded  *network // nil until an image needs it

	opening    sync.Mutex
	store      *store.Store     // nil until it is opened, and without one
	wider      []wider          // of the store
	thumbnails *store.Store     // likewise
	files      *store.HashCache // likewise
	memoErr    error
}

// New returns an Extractor, which the caller closes.
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
	return x, nil
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

// Close waits for what the backbone is working on, and frees it. Calls that are
// still running, and all later ones that need it, return ErrClosed. What Extract
// has finished is on the disk already.
func (x *Extractor) Close() error {
	var workers []*worker
	for w := range x.idle { // all of them, when they are idle
		if workers = append(workers, w); len(workers) == cap(x.idle) {
			close(x.idle)
		}
	}
	for _, w := range workers {
		w.free()
	}
	x.loading.Lock()
	defer x.loading.Unlock()
	if x.loaded == nil {
		return nil
	}
	return x.loaded.close()
}

// Unload frees the backbone, unless something is working with it. The next image that
// needs it loads it again.
func (x *Extractor) Unload() {
	var workers []*worker
	defer func() {
		for _, w := range workers {
			x.idle <- w
		}
	}()
	for len(workers) < cap(x.idle) {
		select {
		case w, open := <-x.idle:
			if !open {
				return
			}
			workers = append(workers, w)
		default:
			return
		}
	}
	for i, w := range workers {
		w.free()
		workers[i] = nil
	}
	x.loading.Lock()
	defer x.loading.Unlock()
	if x.loaded != nil {
		x.loaded.close()
		x.loaded = nil
	}
}
