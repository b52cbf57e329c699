package extractor

import (
	"slices"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// TestBothViewsGiveTheMeanEmbedding compares with the embeddings of each view, one
// image at a time and in batches.
func TestBothViewsGiveTheMeanEmbedding(t *testing.T) {
	samples := scan(t, photos(t, 12))
	of := map[string][]Result{}
	for _, view := range []string{imageio.CropView, imageio.SquareView, imageio.BothViews} {
		b := tiny(t)
		b.Preprocessing.View = view
		x := openWith(t, Config{Backbone: b, Store: t.TempDir(), Workers: 3})
		of[view] = extract(t, x, samples)
		if view != imageio.BothViews {
			continue
		}
		network, err := x.network(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if network.batcher, err = newBatcher(network.session, 4); err != nil {
			t.Fatal(err)
		}
		for i, data := range contents(t, samples) {
			s, err := network.slot()
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			if err := s.decode(t.Context(), &imageio.Decoder{}, data, b.Preprocessing); err != nil {
				t.Fatal(err)
			}
			embedding, err := s.embed(t.Context())
			if err != nil || !(cosine(embedding, of[view][i].Embedding) > 0.99999) {
				t.Errorf("%s in a batch: error %v, or another embedding", samples[i].Path, err)
			}
		}
	}
	for i, both := range of[imageio.BothViews] {
		crop, square := of[imageio.CropView][i].Embedding, of[imageio.SquareView][i].Embedding
		mean := slices.Clone(crop)
		for k := range mean {
			mean[k] = 0.5 * (crop[k] + square[k])
		}
		if !slices.Equal(both.Embedding, mean) {
			t.Errorf("%s: not the mean of both embeddings", both.Sample.Path)
		}
		if slices.Equal(crop, square) {
			t.Errorf("%s: both views are one", both.Sample.Path)
		}
	}
}
