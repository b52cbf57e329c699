package extractor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// together is how many images a worker decodes before it runs the backbone on
// each of them, while as many wait for every worker. The decoder and the
// backbone drive each other's memory out of a core's caches: the less often they
// take turns, the quicker are both.
const together = 4

// worker takes images all the way from bytes to embedding, and keeps its memory
// from one to the next.
type worker struct {
	*pipeline // that it works for now
	bytes     []byte
	decoder   *imageio.Decoder
	places    [together]place
}

// place is where a worker has one of the images it takes together.
type place struct {
	job     *job
	seat    seat // nil before the first image that is not in the store
	decoded bool // the image waits in the seat for the backbone
}

func (p *pipeline) runWorker(ctx context.Context) {
	for j := range p.work {
		w := p.takeWorker(p)
		w.run(ctx, w.withMore(j))
		p.giveWorker(w)
	}
}

// withMore puts the job in a place, and others in more of them while there is
// enough for all. It returns the places.
func (w *worker) withMore(j *job) []place {
	w.places[0].job = j
	for n := 1; n < together; n++ {
		if w.device.CUDA || len(w.work) < together*w.config.Workers {
			return w.places[:n]
		}
		select {
		case more, ok := <-w.work:
			if !ok {
				return w.places[:n]
			}
			w.places[n].job = more
		default: // another worker was quicker
			return w.places[:n]
		}
	}
	return w.places[:]
}

// run completes the jobs in some places unless ctx is done before.
func (w *worker) run(ctx context.Context, places []place) {
	for i := range places {
		if err := w.prepare(ctx, &places[i]); err != nil {
			w.fail(err)
		}
	}
	for i := range places {
		if err := w.embed(ctx, &places[i]); err != nil {
			w.fail(err)
		}
		close(places[i].job.done)
	}
}

// prepare completes a job for which no backbone is needed, and decodes the image
// of any other. Its error ends the run.
func (w *worker) prepare(ctx context.Context, at *place) error {
	at.decoded = false
	if ctx.Err() != nil {
		return nil
	}
	j := at.job
	data, err := w.read(j)
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		err = named.Err // the path is in the Result
	}
	if err != nil {
		j.Err = err
		return nil
	}
	if known, err := w.remember(j); known || err != nil {
		return err
	}
	if err := w.sit(at); err != nil {
		return err
	}
	switch err := w.decode(ctx, at, data); {
	case err == nil:
		at.decoded = true
	case !errors.Is(err, errStopped):
		// What a limit refuses may be let through next time.
		j.fresh = !errors.Is(err, errTimeLimit) && !errors.Is(err, imageio.ErrOverLimit)
		j.Err = err
	}
	return nil
}

// embed runs the backbone on an image that was decoded. Its error ends the run.
func (w *worker) embed(ctx context.Context, at *place) error {
	if !at.decoded || ctx.Err() != nil {
		return nil
	}
	j := at.job
	embedding, err := at.seat.embed(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", j.Sample.Path, err)
	}
	j.fresh = true
	if !finite(embedding) {
		j.Err = errNotFinite
		return nil
	}
	j.Embedding = slices.Clone(embedding)
	return nil
}

var errNotFinite = errors.New("the backbone gives values for it that are no numbers")

func finite(values []float32) bool {
	for _, v := range values {
		if v-v != 0 { // of an infinity, too
			return false
		}
	}
	return true
}
