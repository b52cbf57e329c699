package headstart

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"sync/atomic"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
	"github.com/digitalinnovationone/headstart/head"
	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// Classifier is a head with the backbone that it was trained on. It is safe for
// concurrent use until its [Engine] is closed.
type Classifier struct {
	engine   *Engine
	backbone backbone.Backbone
	head     *head.Head
	saved    atomic.Pointer[headFile] // nil before it is saved
}

// headFile is where a head is saved.
type headFile struct {
	path   string
	digest string // 12 digits of its SHA-256
}

// file returns the path of the head's file, "" if it is not saved.
func (c *Classifier) file() string {
	if saved := c.saved.Load(); saved != nil {
		return saved.path
	}
	return ""
}

func (c *Classifier) setFile(path string, content []byte) {
	digest := sha256.Sum256(content)
	c.saved.Store(&headFile{path, hex.EncodeToString(digest[:6])})
}

// Load reads a head file and finds its backbone: the one that Config.Backbone
// names, or else the one that the head names. It returns a [*HeadError], a
// [*BackboneError], or a [*MismatchError] if the head was trained on embeddings
// of another backbone.
func (e *Engine) Load(ctx context.Context, path string) (*Classifier, error) {
	return e.load(ctx, path, e.config.Backbone)
}

func (e *Engine) load(ctx context.Context, path, name string) (*Classifier, error) {
	h, content, err := readHead(path)
	if err != nil {
		return nil, err
	}
	if name == backbone.Auto {
		name = h.Meta.Backbone.Name
	}
	if ctx.Err() != nil { // before a large file is read
		return nil, context.Cause(ctx)
	}
	b, err := backbone.Resolve(name)
	if err == nil {
		b, err = variantOf(b, h.Meta.Spec)
	}
	if err != nil {
		return nil, &BackboneError{path, err}
	}
	if b, err = variantFor(b, h.Meta); err != nil {
		return nil, &HeadError{fmt.Errorf("cannot read head %s: %w", path, err)}
	}
	if extractor.SpecOf(b).Hash() != h.Meta.SpecHash {
		return nil, &MismatchError{path, h.Meta, b}
	}
	c := &Classifier{engine: e, backbone: b, head: h}
	c.setFile(path, content)
	return c, nil
}

// variantFor returns the variant of b whose embeddings a head was trained on, if it is
// one of b's: with the blocks that the head names, whatever blocks b is known to have.
func variantFor(b backbone.Backbone, meta head.Meta) (backbone.Backbone, error) {
	var spec extractor.Spec
	if len(meta.Spec) == 0 { // of an old head
		return b, nil
	}
	if err := json.Unmarshal(meta.Spec, &spec); err != nil {
		return b, fmt.Errorf("its spec: %w", err)
	}
	if spec.Backbone != b.SHA256 {
		return b, nil
	}
	return b.WithBlocks(spec.Blocks), nil
}

func readHead(path string) (*head.Head, []byte, error) {
	h, err := head.Read(path)
	if err != nil {
		return nil, nil, &HeadError{err}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, &HeadError{err}
	}
	return h, content, nil
}

// LoadOther reads the file of another head, to compare with: it takes c's
// backbone if the other head was trained on that, whichever its blocks, and else the one that the other
// head names.
func (c *Classifier) LoadOther(ctx context.Context, path string) (*Classifier, error) {
	h, content, err := readHead(path)
	if err != nil {
		return nil, err
	}
	if b, err := variantFor(c.backbone, h.Meta); err == nil && extractor.SpecOf(b).Hash() == h.Meta.SpecHash {
		other := &Classifier{engine: c.engine, backbone: b, head: h}
		other.setFile(path, content)
		return other, nil
	}
	other, err := c.engine.load(ctx, path, backbone.Auto)
	if err != nil {
		// Not wrapped: the ways on from such errors are about the head measured.
		return nil, fmt.Errorf("cannot compare with %s: %v", path, err)
	}
	return other, nil
}

// OpenStore opens the store that ClassifyAll and Evaluate use, which they do
// otherwise, so that an error is known before other work. Its error is a
// [*StoreError].
func (c *Classifier) OpenStore() error {
	x, err := c.extractor()
	if err != nil {
		return err
	}
	return x.OpenStore()
}

// Save writes the head file at path, atomically. It replaces no file but a head.
func (c *Classifier) Save(path string) error {
	if err := CheckOutput(HeadFile, path); err != nil {
		return err
	}
	if err := c.head.Write(path); err != nil {
		return &OutputError{"head", path, errors.Unwrap(err)}
	}
	content, err := c.head.Marshal() // what was written
	if err != nil {
		return err
	}
	c.setFile(path, content)
	return nil
}

// Classes returns the names of the classes, in the order of probabilities. The
// slice must not be changed.
func (c *Classifier) Classes() []string { return c.head.Meta.Classes }

// Meta returns the head's metadata: classes, backbone, training and scores.
func (c *Classifier) Meta() head.Meta { return c.head.Meta }

// UnknownText returns one line about the head's threshold of the unknown score.
func (c *Classifier) UnknownText() string { return unknownText(c.head.Meta.Unknown) }

// Backbone returns the backbone of the head.
func (c *Classifier) Backbone() backbone.Backbone { return c.backbone }

// extractor returns the extractor of the head's embeddings.
func (c *Classifier) extractor() (*extractor.Extractor, error) {
	return c.engine.forBackbone(c.backbone)
}

// Prediction is the classification of one image.
type Prediction struct {
	Path  string
	Err   error  // why the image could not be read; then the rest is empty
	Class string // the likeliest
	// Probability is that of Class, Probabilities those of all classes in the
	// order of Classes.
	Probability   float64
	Probabilities []float64
	// UnknownScore tells how far the image is from all that the head was trained
	// on, 0 to 2, and IsUnknown that it is above Threshold, the head's. A head of
	// an old file has no such score: then UnknownScore and Threshold are NaN.
	UnknownScore float64
	IsUnknown    bool
	Threshold    float64
}

func (p *Prediction) hasUnknownScore() bool { return !math.IsNaN(p.UnknownScore) }

// MarshalJSON writes the prediction for other programs: without what there is no
// unknown score for, and with the reason for an unreadable image as "error".
func (p Prediction) MarshalJSON() ([]byte, error) {
	if p.Err != nil {
		return json.Marshal(struct {
			Path  pathjson.String `json:"path"`
			Error string          `json:"error"`
		}{pathjson.String(p.Path), p.Err.Error()})
	}
	text := struct {
		Path          pathjson.String `json:"path"`
		Class         string          `json:"class"`
		Probability   float64         `json:"probability"`
		Probabilities []float64       `json:"probabilities"`
		UnknownScore  *float64        `json:"unknown,omitempty"`
		IsUnknown     *bool           `json:"is_unknown,omitempty"`
		Threshold     *float64        `json:"threshold,omitempty"`
	}{Path: pathjson.String(p.Path), Class: p.Class, Probability: p.Probability, Probabilities: p.Probabilities}
	if p.hasUnknownScore() {
		text.UnknownScore, text.IsUnknown, text.Threshold = &p.UnknownScore, &p.IsUnknown, numberOrNil(p.Threshold)
	}
	return json.Marshal(text)
}

// Classify returns the prediction for one image file in memory: JPEG, PNG and
// the other formats of package imageio. Neither the image nor its embedding is
// kept. An image that cannot be read is an error.
func (c *Classifier) Classify(ctx context.Context, image []byte) (Prediction, error) {
	x, err := c.extractor()
	if err != nil {
		return Prediction{}, err
	}
	embedding, err := x.Embed(ctx, image)
	if err != nil {
		return Prediction{}, err
	}
	return c.predict("", embedding), nil
}

// ClassifyReader is [Classifier.Classify] for the image that r holds to its end.
func (c *Classifier) ClassifyReader(ctx context.Context, r io.Reader) (Prediction, error) {
	limit := min(cmp.Or(c.engine.config.MaxBytes, extractor.DefaultMaxBytes), math.MaxInt64-1)
	image, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return Prediction{}, fmt.Errorf("cannot read the image: %w", err)
	case int64(len(image)) > limit:
		return Prediction{}, &ImageError{Err: fmt.Errorf("it is over the limit of %d bytes", limit)}
	}
	return c.Classify(ctx, image)
}

// ClassifyFile returns the prediction for one image file. It takes the
// embedding from the store if it is there. An image that cannot be read is an
// error.
func (c *Classifier) ClassifyFile(ctx context.Context, path string) (Prediction, error) {
	sample := dataset.FromFile(path)
	for p, err := range c.ClassifyAll(ctx, func(yield func(dataset.Sample) bool) { yield(sample) }) {
		if err != nil {
			return Prediction{}, err
		}
		if p.Err != nil {
			return Prediction{}, fmt.Errorf("cannot read %s: %w", path, &ImageError{Err: p.Err})
		}
		return p, nil
	}
	return Prediction{}, context.Cause(ctx) // ended before its only image
}

// ClassifyAll returns a prediction for each sample, in their order, and keeps
// new embeddings in the store. Samples may be any number: they are taken as
// they are needed, from another goroutine, up to two thousand ahead of the
// predictions; a sequence that blocks is left alone when ctx ends. Files that were found in a folder and are not images are left
// out. An image that cannot be read is a Prediction with Err set; an error in
// the second place ends the sequence.
func (c *Classifier) ClassifyAll(ctx context.Context, samples iter.Seq[dataset.Sample]) iter.Seq2[Prediction, error] {
	return func(yield func(Prediction, error) bool) {
		x, err := c.extractor()
		if err != nil {
			yield(Prediction{}, err)
			return
		}
		stopped := false // the caller has seen enough
		c.engine.event(ExtractionStarted{-1})
		err = x.Extract(ctx, samples, func(r extractor.Result) error {
			c.engine.event(ImageDone{r})
			if r.Skipped() {
				return nil
			}
			p := Prediction{Path: r.Sample.Path, Err: r.Err}
			if r.Err == nil {
				p = c.predict(r.Sample.Path, r.Embedding)
			}
			if stopped = !yield(p, nil); stopped {
				return errStopped
			}
			return nil
		})
		c.engine.event(ExtractionDone{x.MemoError(), x.ReadOnly()})
		if err != nil && !stopped {
			yield(Prediction{}, err)
		}
	}
}

// errStopped ends an extraction whose caller has seen enough.
var errStopped = errors.New("no more predictions are wanted")
