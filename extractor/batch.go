package extractor

import (
	"context"
	"sync/atomic"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// batcher runs the images of many workers together, on a device that is fast
// only with many at once. It takes what is there whenever the device is free:
// where decoding is what takes the time, batches are not full, and nobody
// waits for the rest. All batches have the same size, filled or not, since
// CUDA chooses its algorithms again for each shape it sees.
type batcher struct {
	runner  *ort.Runner
	size    int
	waiting chan *batchedSlot
	stopped chan struct{}
}

func newBatcher(s *ort.Session, size int) (*batcher, error) {
	runner, err := s.Runner(size)
	if err != nil {
		return nil, err
	}
	b := &batcher{runner: runner, size: size, waiting: make(chan *batchedSlot, size), stopped: make(chan struct{})}
	go b.run()
	return b, nil
}

// close ends the batcher; no slot may be in use.
func (b *batcher) close() {
	close(b.waiting)
	<-b.stopped
	b.runner.Close()
}

func (b *batcher) run() {
	defer close(b.stopped)
	slots := make([]*batchedSlot, 0, b.size)
	for first := range b.waiting {
		slots = append(slots[:0], first)
		for len(slots) < b.size {
			next := b.poll()
			if next == nil {
				break
			}
			slots = append(slots, next)
		}
		b.embed(slots)
	}
}

// poll returns a slot that waits, or nil.
func (b *batcher) poll() *batchedSlot {
	select {
	case s := <-b.waiting: // nil if closed
		return s
	default:
		return nil
	}
}

func (b *batcher) embed(slots []*batchedSlot) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var gone atomic.Int32 // images nobody waits for; if all are, the run ends early
	for _, s := range slots {
		stop := context.AfterFunc(s.ctx, func() {
			if int(gone.Add(1)) == len(slots) {
				cancel(context.Cause(s.ctx))
			}
		})
		defer stop()
	}
	for i, s := range slots {
		copyInto(b.runner.Floats(), i, s.tensor.floats)
		copyInto(b.runner.Bytes(), i, s.tensor.bytes)
	}
	err := b.runner.Run(ctx)
	dim := len(b.runner.Output()) / b.size
	for i, s := range slots {
		s.embedding = append(s.embedding[:0], b.runner.Output()[i*dim:(i+1)*dim]...)
		s.done <- err
	}
}

// copyInto makes one image's tensor the i-th of a batch.
func copyInto[T float32 | uint8](batch []T, i int, one []T) { copy(batch[i*len(one):], one) }

// batchedSlot is a slot whose images the batcher runs.
type batchedSlot struct {
	batcher   *batcher
	tensor    tensor
	embedding []float32
	ctx       context.Context // of the embed that waits
	done      chan error
}

func (b *batcher) slot() viewSlot {
	s := &batchedSlot{batcher: b, done: make(chan error)}
	if bytes := b.runner.Bytes(); bytes != nil {
		s.tensor.bytes = make([]uint8, len(bytes)/b.size)
	} else {
		s.tensor.floats = make([]float32, len(b.runner.Floats())/b.size)
	}
	return s
}

func (s *batchedSlot) input() tensor { return s.tensor }

func (s *batchedSlot) decode(ctx context.Context, d *imageio.Decoder, data []byte, p imageio.Preprocessing) error {
	return s.tensor.decode(ctx, d, data, p)
}

func (s *batchedSlot) embed(ctx context.Context) ([]float32, error) {
	s.ctx = ctx
	s.batcher.waiting <- s
	err := <-s.done
	return s.embedding, err
}

func (s *batchedSlot) close() {}
