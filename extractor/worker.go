package extractor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
	"github.com/digitalinnovationone/headstart/internal/matrix"
	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// decodeBatch is how many images a worker decodes before it runs the backbone on
// each of them, while as many wait for every worker. The decoder and the backbone
// evict each other's data from a core's caches: both are faster the less often
// they take turns.
const decodeBatch = 4

// worker takes images all the way from bytes to embedding, and keeps its memory
// from one to the next.
type worker struct {
	*pipeline // that it works for now
	bytes     []byte
	decoder   *imageio.Decoder
	slots     [decodeBatch]slot
}

// slot holds one image of a worker's batch.
type slot struct {
	job       *job
	inference inferenceSlot // nil before the first image that is not in the store
	decoded   bool          // the image waits for the backbone
}

func (p *pipeline) runWorker(ctx context.Context) {
	for j := range p.work {
		w, err := p.takeWorker(ctx, p)
		if err != nil { // the run ends, and the job is given up
			p.fail(err)
			close(j.done)
			continue
		}
		w.run(ctx, w.withMore(j))
		p.giveWorker(w)
	}
}

// withMore puts the job in a slot, and others in more slots while there are
// enough for all workers. It returns the slots.
func (w *worker) withMore(j *job) []slot {
	w.slots[0].job = j
	for n := 1; n < decodeBatch; n++ {
		if w.device.CUDA || len(w.work) < decodeBatch*w.config.Workers {
			return w.slots[:n]
		}
		select {
		case more, ok := <-w.work:
			if !ok {
				return w.slots[:n]
			}
			w.slots[n].job = more
		default: // another worker was quicker
			return w.slots[:n]
		}
	}
	return w.slots[:]
}

// run completes the jobs in some slots unless ctx is done before.
func (w *worker) run(ctx context.Context, slots []slot) {
	for i := range slots {
		if err := w.prepare(ctx, &slots[i]); err != nil {
			w.fail(err)
		}
	}
	for i := range slots {
		if err := w.embed(ctx, &slots[i]); err != nil {
			w.fail(err)
		}
		close(slots[i].job.done)
	}
}

// prepare completes a job for which no backbone is needed, and decodes the image
// of any other. Its error ends the run.
func (w *worker) prepare(ctx context.Context, at *slot) error {
	at.decoded = false
	if ctx.Err() != nil {
		return nil
	}
	j := at.job
	data, err := w.read(j)
	err = patherr.Strip(err) // the path is in the Result
	if isOfProcess(err) {
		return fmt.Errorf("%s: %w", j.Sample.Path, err)
	}
	if err != nil {
		j.Err = err
		return nil
	}
	if known, err := w.remember(j); known || err != nil {
		return err
	}
	if err := w.ready(ctx, at); err != nil {
		return err
	}
	lacked, err := w.lacksThumbnail(j.Key)
	if err != nil {
		return err
	}
	if lacked {
		w.decoder.AlsoThumbnail = make([]byte, imageio.ThumbnailLen)
		defer func() { w.decoder.AlsoThumbnail = nil }()
	}
	switch err := at.inference.decode(ctx, w.decoder, data, w.config.Backbone.Preprocessing); {
	case err == nil:
		at.decoded = true
		j.thumbnail = w.decoder.AlsoThumbnail
	case ctx.Err() == nil: // else the run ended
		// What a limit refuses, another limit may accept next time.
		j.fresh = !errors.Is(err, imageio.ErrOverLimit)
		j.Err = err
	}
	return nil
}

// embed runs the backbone on an image that was decoded. Its error ends the run.
func (w *worker) embed(ctx context.Context, at *slot) error {
	if !at.decoded || ctx.Err() != nil {
		return nil
	}
	j := at.job
	embedding, err := at.inference.embed(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", j.Sample.Path, err)
	}
	j.fresh = true
	if !matrix.Finite(embedding) {
		j.Err = errNotFinite
		return nil
	}
	j.Embedding = slices.Clone(embedding)
	return nil
}

var errNotFinite = errors.New("the backbone returns NaN or infinite values for this image")
