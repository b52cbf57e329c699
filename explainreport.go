package headstart

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/digitalinnovationone/headstart/dataset"
	"github.com/digitalinnovationone/headstart/extractor"
	"github.com/digitalinnovationone/headstart/extractor/backbone"
)

// mostLookedAt is for how many photos at most a report runs the backbone again.
const mostLookedAt = 240

// look fills in where the network looked in the first screen of mistakes and in
// typical photos, class by class in turn. chosen are the indexes in b.found of
// b.Photos. For a backbone without maps it says so in the report.
func (b *reporter) look(ctx context.Context, chosen []int) error {
	x, err := b.held.classifier.explainer(ExplainOptions{})
	if none, ok := errors.AsType[*backbone.NoMapError](err); ok {
		b.NotLooked = none.Error()
		return nil
	}
	if err != nil {
		return err
	}
	photos := slices.Concat(first(b.Lists.Mistakes.Photos, FirstScreen), interleaved(b.Lists.Typical))
	begun := map[int]bool{}
	workers, running := errgroup.WithContext(ctx)
	workers.SetLimit(b.held.classifier.engine.workers())
	for _, n := range photos {
		if begun[n] || len(begun) == mostLookedAt || running.Err() != nil {
			continue
		}
		begun[n] = true
		workers.Go(func() error {
			i := chosen[n]
			return x.lookAt(running, &b.Photos[n], b.found.Samples[i], b.found.Keys[i])
		})
	}
	return cmp.Or(workers.Wait(), context.Cause(ctx))
}

// lookAt fills in the maps of one photo. One that cannot be read any more, or has
// changed, gets none, as it gets no thumbnail.
func (x *explainer) lookAt(ctx context.Context, p *Photo, s dataset.Sample, key [sha256.Size]byte) error {
	data, err := s.Read(nil, cmp.Or(x.c.engine.config.MaxBytes, extractor.DefaultMaxBytes))
	if err != nil || sha256.Sum256(data) != key {
		return context.Cause(ctx)
	}
	e, seen, err := x.look(ctx, data)
	if errors.As(err, new(*ImageError)) {
		return nil
	}
	if err != nil {
		return err
	}
	heat := func(class int) *Heat {
		m := x.classMap(e, seen, class)
		return &Heat{class, e.Width, e.Height, m.Values, e.Frame.Left, e.Frame.Top, e.Frame.Right, e.Frame.Bottom}
	}
	if p.Predicted >= 0 {
		p.LookedPredicted = heat(p.Predicted)
	}
	if p.Actual >= 0 && p.Actual != p.Predicted {
		p.LookedActual = heat(p.Actual)
	}
	return nil
}
