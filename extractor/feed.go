package extractor

import (
	"context"
	"iter"
	"sync"

	"github.com/digitalinnovationone/headstart/dataset"
)

// lookAhead is how many samples are looked up in the store at once. Up to twice
// as many results wait for a slow image before them.
const lookAhead = 512

// lookAheadBytes ends a batch early where its images are in memory, which 512
// photos might fill.
const lookAheadBytes = 64 << 20

// feed takes samples from the caller's sequence and hands on what there is, so
// that a sequence which pauses holds up no sample that it has given. It runs in a
// goroutine of its own, which a sequence that blocks keeps, and nobody else.
type feed struct {
	filled, emptied chan struct{} // signals: something has changed

	mu       sync.Mutex
	batch    []dataset.Sample
	bytes    int  // of the images in the batch that are in memory
	ended    bool // the sequence is at its end
	panicked any  // of the sequence, for the goroutine of Extract
}

func newFeed(ctx context.Context, samples iter.Seq[dataset.Sample]) *feed {
	f := &feed{filled: make(chan struct{}, 1), emptied: make(chan struct{}, 1)}
	go func() {
		defer func() {
			cause := recover()
			f.mu.Lock()
			f.ended, f.panicked = true, cause
			f.mu.Unlock()
			signal(f.filled)
		}()
		for s := range samples {
			if !f.put(ctx, s) {
				return
			}
		}
	}()
	return f
}

// put adds a sample, once there is room. It returns false when ctx is done.
func (f *feed) put(ctx context.Context, s dataset.Sample) bool {
	f.mu.Lock()
	f.batch = append(f.batch, s)
	f.bytes += s.InMemory()
	full := len(f.batch) >= lookAhead || f.bytes >= lookAheadBytes
	f.mu.Unlock()
	signal(f.filled)
	for full && ctx.Err() == nil {
		select {
		case <-f.emptied:
		case <-ctx.Done():
		}
		f.mu.Lock()
		full = len(f.batch) >= lookAhead || f.bytes >= lookAheadBytes
		f.mu.Unlock()
	}
	return ctx.Err() == nil
}

// next waits for samples and returns those that there are: none when the sequence
// is at its end or ctx is done.
func (f *feed) next(ctx context.Context) []dataset.Sample {
	for ctx.Err() == nil {
		f.mu.Lock()
		batch, ended := f.batch, f.ended
		f.batch, f.bytes = nil, 0
		f.mu.Unlock()
		if len(batch) > 0 || ended {
			signal(f.emptied)
			return batch
		}
		select {
		case <-f.filled:
		case <-ctx.Done():
		}
	}
	return nil
}

// rethrow panics with what the sequence panicked with, if it did.
func (f *feed) rethrow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panicked != nil {
		panic(f.panicked)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is waiting already
	}
}
