package imageio

import (
	"math"
	"testing"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/heif"
)

// TestColoursAreSaturated mixes the most extreme Y', Cb and Cr: blue of the range of
// video is 277 levels under black and over white, and must become neither the other.
func TestColoursAreSaturated(t *testing.T) {
	const side = 4
	constant := func(level uint8) plane {
		samples := make([]uint8, side*side)
		for i := range samples {
			samples[i] = level
		}
		return fullPlane(samples, side, side, side)
	}
	for _, m := range []ycbcr{fullRange, videoRange, heifColours(heif.Colours{Matrix: 1}), heifColours(heif.Colours{Matrix: 9})} {
		extremes := []uint8{0, 1, 16, 128, 240, 255}
		for _, y := range extremes {
			for _, cb := range extremes {
				for _, cr := range extremes {
					pic := picture{
						width: side, height: side, shrunk: 1, turn: upright,
						planes: []plane{constant(y), constant(cb), constant(cr)}, mixer: newMixer(m),
					}
					var s samplers
					got := make([]float32, 3*side*side)
					if err := s.render(t.Context(), output{floats: got}, pic, levels(side, side)); err != nil {
						t.Fatal(err)
					}
					red, green, blue := m.convert(y, cb, cr)
					for i, want := range []uint8{red, green, blue} {
						if math.Abs(float64(got[i])-float64(want)) > 1 {
							t.Fatalf("%+v: %v, %v and %v become %v, want %v, %v and %v", m, y, cb, cr, got[:3], red, green, blue)
						}
					}
				}
			}
		}
	}
}
