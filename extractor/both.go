package extractor

import (
	"context"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// bothSlot embeds two views of an image, of one decoding, by running the backbone
// on one after the other. The embedding is their mean, so that heads need to know
// nothing of views; docs/heads.md compares it with the mean of probabilities.
type bothSlot struct {
	view  viewSlot // for one view at a time
	views tensor   // of both
	mean  []float32
}

func newBothSlot(view viewSlot) *bothSlot {
	s := &bothSlot{view: view}
	if one := view.input(); one.bytes != nil {
		s.views.bytes = make([]uint8, 2*len(one.bytes))
	} else {
		s.views.floats = make([]float32, 2*len(one.floats))
	}
	return s
}

func (s *bothSlot) decode(ctx context.Context, d *imageio.Decoder, data []byte, p imageio.Preprocessing) error {
	return s.views.decode(ctx, d, data, p)
}

func (s *bothSlot) embed(ctx context.Context) ([]float32, error) {
	for i := range 2 {
		one := s.view.input()
		copy(one.floats, s.views.floats[i*len(one.floats):])
		copy(one.bytes, s.views.bytes[i*len(one.bytes):])
		embedding, err := s.view.embed(ctx)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			s.mean = append(s.mean[:0], embedding...)
			continue
		}
		for k, v := range embedding {
			s.mean[k] = 0.5 * (s.mean[k] + v)
		}
	}
	return s.mean, nil
}

func (s *bothSlot) close() { s.view.close() }
