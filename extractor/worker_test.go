package extractor

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// fixedSeat gives the same embedding for every image.
type fixedSeat []float32

func (fixedSeat) decode(context.Context, *imageio.Decoder, []byte, imageio.Preprocessing) error {
	return nil
}
func (s fixedSeat) embed() ([]float32, error) { return s, nil }
func (fixedSeat) close()                      {}

func TestAnEmbeddingThatIsNoNumbersIsAReason(t *testing.T) {
	for _, wrong := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		var w worker
		var j job
		at := slot{job: &j, seat: fixedSeat{1, float32(wrong)}, decoded: true}
		if err := w.embed(t.Context(), &at); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(j.Err, errNotFinite) || !j.fresh || j.Embedding != nil {
			t.Errorf("%v: error %v, embedding %v", wrong, j.Err, j.Embedding)
		}
	}
}
