package extractor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

// pipeline is one run of Extract: a producer looks samples up in the store and
// puts them in the queue, a batch at a time, in order; those that were not found go
// to the workers too; Extract takes the results when they are there.
type pipeline struct {
	*Extractor
	feed    *feed
	queue   chan *lookup
	work    chan *job
	fail    context.CancelCauseFunc
	wait    func()
	before  int64       // rows in the store when the run began
	vectors bool        // embeddings are read that are in the store
	all     atomic.Bool // every sample has been put in the queue
}

// lookup is what was looked up at once.
type lookup struct {
	jobs   []*job
	matrix *store.Matrix // the embeddings found, or nil
}

// close gives back the embeddings found.
func (c *lookup) close() {
	if c.matrix != nil {
		c.matrix.Close()
	}
}

// job is a sample on its way to a result. Until done is closed it belongs to a
// worker, afterwards to Extract.
type job struct {
	Result
	thumbnail []byte // nil if it is not new to the store
	fresh     bool   // the result is new to the store
	stored    bool   // the embedding is in the store
	done      chan struct{}
}

// settled is the done channel of jobs that need no worker.
var settled = func() chan struct{} { done := make(chan struct{}); close(done); return done }()

func (x *Extractor) start(ctx context.Context, fail context.CancelCauseFunc, before int64, vectors bool, samples iter.Seq[dataset.Sample]) *pipeline {
	p := &pipeline{
		Extractor: x,
		queue:     make(chan *lookup, 1),
		work:      make(chan *job, max(lookAhead, 2*decodeBatch*x.config.Workers)),
		fail:      fail,
		feed:      newFeed(ctx, samples),
		before:    before,
		vectors:   vectors,
	}
	var workers sync.WaitGroup
	p.wait = workers.Wait
	for range x.config.Workers {
		workers.Go(func() { p.runWorker(ctx) })
	}
	go p.produce(ctx)
	return p
}

func (p *pipeline) produce(ctx context.Context) {
	defer close(p.queue)
	defer close(p.work)
	for {
		samples := p.feed.next(ctx)
		if len(samples) == 0 {
			p.all.Store(ctx.Err() == nil)
			return
		}
		if !p.enqueue(samples) {
			return
		}
	}
}

// enqueue looks samples up and queues them. It reports whether the run goes on.
func (p *pipeline) enqueue(samples []dataset.Sample) bool {
	c, err := p.lookUp(samples)
	if err != nil {
		p.fail(err)
		return false
	}
	p.queue <- c
	for _, j := range c.jobs {
		if j.done != settled {
			p.work <- j
		}
	}
	return true
}

// lookUp makes a job for each sample and settles those that the store knows.
func (p *pipeline) lookUp(samples []dataset.Sample) (*lookup, error) {
	c := &lookup{jobs: make([]*job, len(samples))}
	ids := make([]store.FileID, len(samples))
	for i, s := range samples {
		if id, err := s.ID(); err == nil { // else reading will say so
			ids[i] = store.FileID(id)
		}
		c.jobs[i] = &job{Result: Result{Sample: s}, done: settled}
	}
	keys := make([]store.Key, len(ids))
	if p.files != nil && !p.config.Rehash {
		var err error
		if keys, err = p.files.Lookup(ids); err != nil {
			return nil, err
		}
	}
	wrong := p.claimed(samples, keys, ids)
	entries, err := p.find(keys) // the zero key of an unknown file is the SHA-256 of nothing known
	if err == nil && p.vectors {
		c.matrix, err = p.matrix(keys, entries)
	}
	if err != nil {
		return nil, err
	}
	columns := p.columns(keys, entries)
	row := 0 // of the next stored one
	for i, j := range c.jobs {
		j.Key, j.Err = keys[i], wrong[i]
		if j.Err == nil {
			p.recall(j, entries[i])
		}
		switch entries[i].State {
		case store.Stored:
			if c.matrix != nil && j.Err == nil {
				j.Embedding = c.matrix.Row(row)
			}
			row++
		case store.Missing:
			if j.Err == nil && !j.copy(columns[i]) {
				j.done = make(chan struct{})
			}
		}
	}
	return c, nil
}

// matrix returns the rows of the entries that are stored. Those whose row turns
// out to be damaged it makes missing.
func (p *pipeline) matrix(keys []store.Key, entries []store.Entry) (*store.Matrix, error) {
	for {
		var stored []store.Key
		for i, entry := range entries {
			if entry.State == store.Stored {
				stored = append(stored, keys[i])
			}
		}
		if len(stored) == 0 {
			return nil, nil
		}
		m, err := p.store.Rows(context.Background(), stored)
		damaged, ok := errors.AsType[*store.MissingError](err)
		if !ok {
			return m, err
		}
		for i := range entries {
			if slices.Contains(damaged.Keys, keys[i]) {
				entries[i] = store.Entry{}
			}
		}
	}
}

// claimed minds the digests that a manifest gives: they are the keys of samples
// without a file, and for the others an error if the file is known to have
// another one. Files that are not known find out when they are read.
func (p *pipeline) claimed(samples []dataset.Sample, keys []store.Key, ids []store.FileID) []error {
	wrong := make([]error, len(samples))
	for i, s := range samples {
		switch claim := store.Key(s.SHA256); {
		case claim == store.Key{}:
		case ids[i] == store.FileID{}:
			keys[i] = claim
		case keys[i] != store.Key{} && keys[i] != claim:
			wrong[i] = fmt.Errorf("its SHA-256 is %v, and not %v as the manifest says", keys[i], claim)
		}
	}
	return wrong
}

// find looks keys up in the store, and forgets what is to be tried again.
func (p *pipeline) find(keys []store.Key) ([]store.Entry, error) {
	if p.store == nil {
		return make([]store.Entry, len(keys)), nil
	}
	entries, err := p.store.Lookup(keys)
	if p.config.RetryUnreadable {
		for i, entry := range entries {
			if entry.State == store.Unreadable {
				entries[i] = store.Entry{}
			}
		}
	}
	return entries, err
}

// ErrRemembered is matched by the errors of images that are not tried, since the
// store knows them as unreadable: see Config.RetryUnreadable.
var ErrRemembered = errors.New("remembered as unreadable")

// remembered is what the store knows of an unreadable image. It matches
// ErrRemembered, and imageio.ErrNotImage if it was that.
type remembered string

func (r remembered) Error() string { return string(r) }

func (r remembered) Is(target error) bool {
	return target == ErrRemembered || target == imageio.ErrNotImage && strings.HasPrefix(string(r), imageio.ErrNotImage.Error())
}

// copy completes a job with an embedding that a wider store holds. It reports false if
// that is nil.
func (j *job) copy(embedding []float32) bool {
	if embedding == nil {
		return false
	}
	j.Embedding, j.Cached, j.Copied, j.fresh = embedding, true, true, true
	return true
}

// recall completes a job's result by what the store knows, but for an embedding
// that is still in its file.
func (p *pipeline) recall(j *job, entry store.Entry) {
	switch entry.State {
	case store.Unreadable:
		j.Err = remembered(entry.Reason)
	case store.Pending:
		j.Embedding = entry.Vector
	case store.Stored:
		j.stored = true
		j.Cached = entry.Row < p.before // of a copy of an image that is new to the run, it is not
	}
}
