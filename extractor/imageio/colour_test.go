package imageio

import (
	"math"
	"math/rand/v2"
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

// TestCubicExtremesAreSaturated enlarges noise of black and white levels, of which a
// cubic filter makes luma and chroma far beyond both: as a picture of levels they are
// kept within, and must be so before they are mixed.
func TestCubicExtremesAreSaturated(t *testing.T) {
	const side, larger = 64, 100
	random := rand.New(rand.NewPCG(1, 2))
	noise := picture{width: side, height: side, shrunk: 1, turn: upright}
	for range 3 {
		samples := make([]uint8, side*side)
		for i := range samples {
			samples[i] = uint8(255 * random.IntN(2))
		}
		noise.planes = append(noise.planes, fullPlane(samples, side, side, side))
	}
	p := levels(larger, larger)
	p.Filter = "bicubic"
	render := func(m *mixer) []float32 {
		var s samplers
		pic, out := noise, make([]float32, p.Len())
		pic.mixer = m
		if err := s.render(t.Context(), output{floats: out}, pic, p); err != nil {
			t.Fatal(err)
		}
		return out
	}
	kept := render(nil)
	for _, m := range []ycbcr{fullRange, videoRange} {
		got := render(newMixer(m))
		for i := 0; i < len(got); i += 3 {
			red, green, blue := m.convert(uint8(kept[i]+0.5), uint8(kept[i+1]+0.5), uint8(kept[i+2]+0.5))
			for channel, want := range []uint8{red, green, blue} {
				if math.Abs(float64(got[i+channel])-float64(want)) > 3 { // roundings of three
					t.Fatalf("%+v: %v become %v, want %v, %v and %v", m, kept[i:i+3], got[i:i+3], red, green, blue)
				}
			}
		}
	}
}
