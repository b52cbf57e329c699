package extractor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/extractor/store"
)

const (
	// lookAhead is how many samples are looked up in the store at once.
	lookAhead = 1024
	// waiting is how many images per worker may be under way or wait for a
	// slower one before them.
	waiting = 32
)

// pipeline is one run of Extract: a producer looks samples up in the store and
// puts a job for each in the queue, in order; those that were not found go to
// the workers too; Extract takes the queue's jobs when they are done.
type pipeline struct {
	*Extractor
	queue   chan *job
	work    chan *job
	fail    context.CancelCauseFunc
	wait    func()
	before  int64  // rows in the store when the run began
	current *chunk // whose jobs are being finished

	unqueued *chunk // if the run ended early; to be read when queue is closed
}

// job is a sample on its way to a result. Until done is closed it belongs to a
// worker, afterwards to Extract.
type job struct {
	Result
	fresh   bool // the result is new to the store
	skipped bool // the run ended before this job's turn
	chunk   *chunk
	done    chan struct{}
}

// chunk is what was looked up at once.
type chunk struct {
	matrix *store.Matrix // the embeddings found, or nil
}

// settled is the done channel of jobs that need no worker.
var settled = func() chan struct{} { done := make(chan struct{}); close(done); return done }()

func (x *Extractor) start(ctx context.Context, fail context.CancelCauseFunc, before int64, samples []dataset.Sample) *pipeline {
	p := &pipeline{
		Extractor: x,
		queue:     make(chan *job, waiting*x.config.Workers),
		work:      make(chan *job, waiting*x.config.Workers),
		fail:      fail,
		before:    before,
	}
	var workers sync.WaitGroup
	p.wait = workers.Wait
	for range x.config.Workers {
		workers.Go(func() { p.runWorker(ctx) })
	}
	go p.produce(ctx, samples)
	return p
}

func (p *pipeline) produce(ctx context.Context, samples []dataset.Sample) {
	defer close(p.queue)
	defer close(p.work)
	for some := range slices.Chunk(samples, lookAhead) {
		jobs, err := p.lookUp(some)
		if err != nil {
			p.fail(err)
			return
		}
		for _, j := range jobs {
			if ctx.Err() != nil {
				p.unqueued = j.chunk
				return
			}
			p.queue <- j
			if j.done != settled {
				p.work <- j
			}
		}
	}
}

// lookUp makes a job for each sample and settles those that the store knows.
func (p *pipeline) lookUp(samples []dataset.Sample) ([]*job, error) {
	of := &chunk{}
	jobs := make([]*job, len(samples))
	ids := make([]store.FileID, len(samples))
	for i, s := range samples {
		if id, err := s.ID(); err == nil { // else reading will say so
			ids[i] = store.FileID(id)
		}
		jobs[i] = &job{Result: Result{Sample: s}, chunk: of}
	}
	keys := make([]store.Key, len(ids))
	if !p.config.Rehash {
		var err error
		if keys, err = p.files.Lookup(ids); err != nil {
			return nil, err
		}
	}
	wrong := p.claimed(samples, keys, ids)
	entries, err := p.find(keys) // the zero key of an unknown file is the SHA-256 of nothing known
	if err != nil {
		return nil, err
	}
	var rows []int64
	var storedKeys []store.Key
	var stored []*job
	for i, j := range jobs {
		j.done = settled
		if wrong[i] != nil {
			j.Key, j.Err = keys[i], wrong[i]
			continue
		}
		j.Key, j.Cached = keys[i], p.cached(entries[i])
		switch entries[i].State {
		case store.Stored:
			rows, storedKeys, stored = append(rows, entries[i].Row), append(storedKeys, keys[i]), append(stored, j)
		case store.Pending:
			j.Embedding = entries[i].Vector
		case store.Unreadable:
			j.Err = reason(entries[i].Reason)
		case store.Missing:
			j.done = make(chan struct{})
		}
	}
	if len(rows) == 0 {
		return jobs, nil
	}
	if of.matrix, err = p.matrix(storedKeys, rows); err != nil {
		return nil, err
	}
	for i, j := range stored {
		j.Embedding = of.matrix.Row(i)
	}
	return jobs, nil
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

// reason turns what the store remembers of an unreadable image back into the
// error it was.
func reason(text string) error {
	if more, found := strings.CutPrefix(text, imageio.ErrNotImage.Error()); found {
		return fmt.Errorf("%w%s", imageio.ErrNotImage, more)
	}
	return errors.New(text)
}

// cached tells whether an entry is older than the run, which neither copies in
// the samples nor the number of workers may change.
func (p *pipeline) cached(entry store.Entry) bool {
	return entry.State == store.Unreadable || entry.State == store.Stored && entry.Row < p.before
}

// release gives back the embeddings of a chunk that nobody needs any more.
func (p *pipeline) release(c *chunk) {
	if c != nil && c.matrix != nil {
		c.matrix.Close()
		c.matrix = nil
	}
}
