package extractor

import (
	"context"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/ort"
)

// inferenceSlot is where a worker puts the tensor of its image and gets the embedding.
type inferenceSlot interface {
	decode(ctx context.Context, d *imageio.Decoder, data []byte, p imageio.Preprocessing) error
	embed(ctx context.Context) ([]float32, error) // valid until the next call
	close()
}

// viewSlot is a slot for one view.
type viewSlot interface {
	inferenceSlot
	input() tensor
}

// tensor is the memory of a backbone's input, of which one slice is used.
type tensor struct {
	floats []float32
	bytes  []uint8
}

// decode makes the tensor of an image.
func (t tensor) decode(ctx context.Context, d *imageio.Decoder, data []byte, p imageio.Preprocessing) error {
	if t.bytes != nil {
		return d.TensorOfBytes(ctx, t.bytes, data, p)
	}
	return d.Tensor(ctx, t.floats, data, p)
}

// network is the loaded backbone.
type network struct {
	session *ort.Session
	batcher *batcher // nil on a CPU
	both    bool     // an embedding is the mean of two views'
}

func (x *Extractor) load(ctx context.Context) (*network, error) {
	b := x.config.Backbone
	session, err := b.Open(ctx, ort.Options{Device: x.device, Threads: x.config.Threads})
	if err != nil {
		return nil, err
	}
	n := &network{session: session, both: b.Preprocessing.View == imageio.BothViews}
	if x.device.CUDA {
		if n.batcher, err = newBatcher(session, x.config.Batch); err != nil {
			session.Close()
			return nil, err
		}
	}
	return n, nil
}

// slot returns a worker's slot, which the worker closes.
func (n *network) slot() (inferenceSlot, error) {
	slot, err := n.viewSlot()
	if err == nil && n.both {
		return newBothSlot(slot), nil
	}
	return slot, err
}

func (n *network) viewSlot() (viewSlot, error) {
	if n.batcher != nil {
		return n.batcher.slot(), nil
	}
	return newDirectSlot(n.session)
}

func (n *network) close() error {
	if n.batcher != nil {
		n.batcher.close()
	}
	return n.session.Close()
}

// directSlot is a runner for one image at a time: on a CPU, where batches gain
// nothing, no image waits for another one so.
type directSlot struct{ runner *ort.Runner }

func newDirectSlot(s *ort.Session) (viewSlot, error) {
	runner, err := s.Runner(1)
	if err != nil {
		return nil, err
	}
	return directSlot{runner}, nil
}

func (s directSlot) input() tensor { return tensor{s.runner.Floats(), s.runner.Bytes()} }

func (s directSlot) decode(ctx context.Context, d *imageio.Decoder, data []byte, p imageio.Preprocessing) error {
	return s.input().decode(ctx, d, data, p)
}

func (s directSlot) embed(ctx context.Context) ([]float32, error) {
	err := s.runner.Run(ctx)
	return s.runner.Output(), err
}

func (s directSlot) close() { s.runner.Close() }
