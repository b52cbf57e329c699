package headstart

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/cachedir"
)

// Config says how an [Engine] makes embeddings. The zero value is a good
// choice: the best backbone installed, on the CPU, with the store in the user's
// cache folder.
type Config struct {
	// Backbone is the name of an installed backbone or the path of an ONNX file.
	// Empty or "auto" means the one that a head names, and the best installed one
	// where there is no head yet.
	Backbone string
	// Blocks are the layers of the backbone whose pooled values make an embedding:
	// "last", "all", or names of [backbone.Backbone.Available] separated by commas.
	// Empty means "all", so that embeddings that Extract makes are those that Train
	// looks for. A head has its own.
	Blocks string

	// View is what of a picture the backbone sees: [ViewCrop], [ViewSquare] or
	// [ViewBoth]. Empty means the backbone's own, which for most is ViewCrop. With
	// [AutoView], Train chooses, and all else takes the backbone's own. A head knows its
	// own view: Load ignores this.
	View string
	// Size is the side of the square that the backbone takes, in pixels; 0 means its
	// own. Not every backbone takes others. With [AutoSize], Train chooses. Load ignores
	// this too.
	Size int

	// Store is the folder in which embeddings are kept. Empty means
	// [DefaultStore]. A store that can only be read is used as it is: what it
	// lacks is computed and not kept.
	Store string
	// NoStore keeps no embeddings on disk and reads none from it. Train and
	// Evaluate then hold them in memory: 4 bytes a value, some 5 kB an image.
	NoStore bool

	Device  string // "cpu", "cuda" or "cuda:N"; empty means "cpu"
	Batch   int    // images per run on a GPU; 0 means extractor.DefaultBatch
	Threads int    // that the backbone uses for one image on a CPU; 0 means 1
	Workers int    // images decoded and embedded at the same time, over all calls; 0 means one per core

	// Memory bounds what decoding takes at one time, in bytes; 0 means half of the
	// machine's memory, and at least 512 MB. An image that needs more is refused.
	Memory    int64
	MaxPixels int64         // larger images are refused; 0 means imageio.DefaultMaxPixels
	MaxBytes  int64         // larger image files are refused; 0 means extractor.DefaultMaxBytes
	TimeLimit time.Duration // for decoding one image; 0 means extractor.DefaultTimeLimit

	RetryUnreadable bool // try images again that the store remembers as unreadable
	Verify          bool // read every embedding that is in the store, and make damaged ones again
	Rehash          bool // read files again that look unchanged by size, times and inode

	// OnEvent, if not nil, is told what the Engine is doing, from the goroutines
	// that call the Engine: several at once if calls are.
	OnEvent func(Event)
}

// Views that Config.View may name.
const (
	ViewCrop   = "crop"   // a square in the centre of the picture
	ViewSquare = "square" // the whole picture, squeezed into a square
	ViewBoth   = "both"   // the mean of both embeddings; computing them takes twice as long
)

// Views are those that Config.View may name.
func Views() []string { return []string{ViewCrop, ViewSquare, ViewBoth} }

// Engine makes embeddings and classifiers. It opens the store and loads a backbone
// when they are first needed. It is safe for concurrent use: all calls with one
// backbone share a session, Config.Workers and Config.Memory.
type Engine struct {
	config Config

	mu         sync.Mutex
	extractors map[string]*extractor.Extractor // by Spec hash
	chosen     *extractor.Extractor            // by Config.Backbone
}

// Open returns an Engine. It checks the numbers in config; backbone and store
// are opened when they are first needed. The caller closes the Engine.
func Open(config Config) (*Engine, error) {
	switch {
	case config.Batch < 0, config.Threads < 0, config.Workers < 0:
		return nil, errors.New("batch, threads and workers must not be negative")
	case config.Memory < 0, config.MaxPixels < 0, config.MaxBytes < 0, config.TimeLimit < 0:
		return nil, errors.New("limits must not be negative")
	}
	if views := append(Views(), AutoView); config.View != "" && !slices.Contains(views, config.View) {
		return nil, fmt.Errorf("view %q is not one of %s", config.View, strings.Join(views, ", "))
	}
	if config.Device != "" {
		if err := CheckDevice(config.Device); err != nil {
			return nil, fmt.Errorf("device %w", err)
		}
	}
	if config.NoStore && config.Store != "" {
		return nil, errors.New("a store and NoStore exclude each other")
	}
	if config.Store == "" && !config.NoStore {
		var err error
		if config.Store, err = DefaultStore(); err != nil {
			return nil, err
		}
	}
	config.Backbone = cmp.Or(config.Backbone, backbone.Auto)
	return &Engine{config: config, extractors: map[string]*extractor.Extractor{}}, nil
}

// DefaultStore returns the folder of the store in the user's cache folder.
func DefaultStore() (string, error) { return cachedir.Join("store") }

// ErrClosed is returned by an Engine that is closed.
var ErrClosed = extractor.ErrClosed

// Close waits for images that are being embedded, and frees the backbones. Calls
// that are still running, and later ones, return [ErrClosed].
func (e *Engine) Close() error {
	e.mu.Lock()
	extractors := e.extractors
	e.extractors, e.chosen = nil, nil
	e.mu.Unlock()
	var errs []error
	for _, x := range extractors {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}

// Backbone returns the backbone that Config.Backbone stands for, which Embed,
// Extract and Train use.
func (e *Engine) Backbone() (backbone.Backbone, error) {
	x, err := e.own()
	if err != nil {
		return backbone.Backbone{}, err
	}
	return x.Backbone(), nil
}

// own returns the extractor for Config.Backbone.
func (e *Engine) own() (*extractor.Extractor, error) {
	x, found, err := e.choose()
	if err == nil && found {
		e.event(BackboneChosen{x.Backbone(), e.config.Backbone == backbone.Auto})
	}
	return x, err
}

// choose finds the extractor for Config.Backbone, once.
func (e *Engine) choose() (x *extractor.Extractor, found bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.chosen != nil {
		return e.chosen, false, nil
	}
	b, err := backbone.Resolve(e.config.Backbone)
	if err == nil {
		b, err = e.config.variant(b)
	}
	if err != nil {
		return nil, false, err
	}
	e.chosen, err = e.extractor(b)
	return e.chosen, err == nil, err
}

// forBackbone returns the extractor for b.
func (e *Engine) forBackbone(b backbone.Backbone) (*extractor.Extractor, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.extractor(b)
}

// extractor opens the extractor for b, or returns the one that is open. The
// caller holds e.mu.
func (e *Engine) extractor(b backbone.Backbone) (*extractor.Extractor, error) {
	if e.extractors == nil {
		return nil, ErrClosed
	}
	hash := extractor.SpecOf(b).Hash()
	if x := e.extractors[hash]; x != nil {
		return x, nil
	}
	x, err := extractor.New(e.extraction(b, e.config.Store))
	if err != nil {
		return nil, err
	}
	e.extractors[hash] = x
	return x, nil
}

// extraction returns how to extract with b into a store, or into none if that is "".
func (e *Engine) extraction(b backbone.Backbone, store string) extractor.Config {
	c := e.config
	return extractor.Config{
		Backbone: b, Store: store, Device: c.Device,
		Batch: c.Batch, Threads: c.Threads, Workers: c.Workers, Memory: c.Memory,
		Limits:   imageio.Limits{MaxPixels: c.MaxPixels},
		MaxBytes: c.MaxBytes, TimeLimit: c.TimeLimit,
		RetryUnreadable: c.RetryUnreadable, Rehash: c.Rehash,
	}
}

// workers returns how many cores to use for work besides extraction.
func (e *Engine) workers() int { return cmp.Or(e.config.Workers, runtime.GOMAXPROCS(0)) }

// Embed returns the embedding of one image file in memory, a slice of Dim
// values of the [Engine.Backbone] that belongs to the caller. Nothing is kept.
func (e *Engine) Embed(ctx context.Context, image []byte) ([]float32, error) {
	x, err := e.own()
	if err != nil {
		return nil, err
	}
	return x.Embed(ctx, image)
}

// Extract returns the embeddings of samples, and makes those that the store
// lacks. Images that cannot be read are listed in the result. If there are no
// others, the error is a [*NothingReadError].
func (e *Engine) Extract(ctx context.Context, samples []dataset.Sample) (*Embeddings, error) {
	x, err := e.own()
	if err != nil {
		return nil, err
	}
	return e.extract(ctx, x, samples)
}

// extract is Extract with a given extractor.
func (e *Engine) extract(ctx context.Context, x *extractor.Extractor, samples []dataset.Sample) (*Embeddings, error) {
	if len(samples) == 0 {
		return nil, dataset.ErrEmpty
	}
	found := &Embeddings{engine: e, x: x}
	e.event(ExtractionStarted{len(samples)})
	fill := x.Fill
	if e.config.Verify {
		fill = x.Extract // which reads what is stored
	}
	err := fill(ctx, slices.Values(samples), func(r extractor.Result) error {
		found.add(r)
		e.event(ImageDone{r})
		return nil
	})
	e.event(ExtractionDone{x.MemoError(), x.ReadOnly()})
	if err != nil {
		return nil, err
	}
	if len(found.Samples) == 0 {
		return nil, &NothingReadError{len(samples), found.Unreadable}
	}
	return found, nil
}

func (e *Engine) event(event Event) {
	if e.config.OnEvent != nil {
		e.config.OnEvent(event)
	}
}
