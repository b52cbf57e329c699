package extractor

import (
	"context"
	"errors"
	"math"
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
