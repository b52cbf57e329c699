package extractor

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// fixedSlot gives the same embedding for every image.
type fixedSlot []float32

func (fixedSlot) decode(context.Context, *imageio.Decoder, []byte, imageio.Preprocessing) error {
	return nil
}
func (s fixedSlot) embed(context.Context) ([]float32, error) { return s, nil }
func (fixedSlot) close()                                     {}

func TestAnEmbeddingThatIsNoNumbersIsAReason(t *testing.T) {
	for _, wrong := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		var w worker
		var j job
		at := slot{job: &j, inference: fixedSlot{1, float32(wrong)}, decoded: true}
		if err := w.embed(t.Context(), &at); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(j.Err, errNotFinite) || !j.fresh || j.Embedding != nil {
			t.Errorf("%v: error %v, embedding %v", wrong, j.Err, j.Embedding)
		}
	}
}

func TestAnImageThatNeedsMoreMemoryThanAllowedIsTriedAgain(t *testing.T) {
	samples := scan(t, photos(t, 2))
	folder := t.TempDir()
	x := open(t, folder, 2)
	x.memory = imageio.NewMemory(1 << 20)
	for _, r := range extract(t, x, samples) {
		if !errors.Is(r.Err, imageio.ErrOverLimit) || !strings.Contains(r.Err.Error(), "the limit is 1 MB (--memory)") {
			t.Errorf("error %v", r.Err)
		}
	}
	for _, r := range extract(t, open(t, folder, 2), samples) {
		if r.Err != nil || r.Cached {
			t.Errorf("with enough memory: error %v, cached %v", r.Err, r.Cached)
		}
	}
}
