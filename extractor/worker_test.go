package extractor

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/digitalinnovationone/headstart/extractor/imageio"
)

// fixedSeat gives the same embedding for every image.
type fixedSeat []float32

func (fixedSeat) decode(*imageio.Decoder, []byte, imageio.Preprocessing) error { return nil }
func (s fixedSeat) embed() ([]float32, error)                                  { return s, nil }
func (fixedSeat) close()                                                       {}

func TestAnEmbeddingThatIsNoNumbersIsAReason(t *testing.T) {
	x := &Extractor{config: Config{TimeLimit: time.Hour}}
	for _, wrong := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		w := worker{pipeline: &pipeline{Extractor: x}, seat: fixedSeat{1, float32(wrong)}}
		var j job
		if err := w.compute(t.Context(), &j, nil); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(j.Err, errNotFinite) || !j.fresh || j.Embedding != nil {
			t.Errorf("%v: error %v, embedding %v", wrong, j.Err, j.Embedding)
		}
	}
}
