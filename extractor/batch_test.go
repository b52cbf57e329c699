package extractor

import (
	"sync"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// TestBatchesGiveEachImageItsOwnEmbedding has more workers than a batch has
// room for embed pictures together, on the CPU, and compares with embeddings
// that were made one at a time.
func TestBatchesGiveEachImageItsOwnEmbedding(t *testing.T) {
	samples := scan(t, photos(t, 30))
	x := open(t, t.TempDir(), 1)
	alone := extract(t, x, samples)

	network, err := x.network(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBatcher(network.session, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	together := make([][]float32, len(samples))
	var workers sync.WaitGroup
	for worker := range 7 {
		workers.Go(func() {
			s := b.slot()
			defer s.close()
			var d imageio.Decoder
			for i := worker; i < len(samples); i += 7 {
				data, err := samples[i].Read(nil, DefaultMaxBytes)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.decode(t.Context(), &d, data, x.config.Backbone.Preprocessing); err != nil {
					t.Error(err)
					return
				}
				embedding, err := s.embed(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				together[i] = append([]float32(nil), embedding...)
			}
		})
	}
	workers.Wait()
	for i, embedding := range together {
		if similarity := cosine(embedding, alone[i].Embedding); !(similarity > 0.99999) {
			t.Errorf("%s: cosine %v with the embedding made alone", samples[i].Path, similarity)
		}
	}
}
