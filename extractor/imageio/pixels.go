package imageio

import (
	"context"
	"fmt"
	"math"
)

// Pixels is a whole picture as it is shown: levels of red, green and blue, pixel by
// pixel and row by row.
type Pixels struct {
	Levels        []uint8
	Width, Height int
}

// PNM returns the pixels as an image file.
func (p Pixels) PNM() []byte {
	return append(fmt.Appendf(nil, "P6\n%d %d\n255\n", p.Width, p.Height), p.Levels...)
}

// asIs is how a picture is kept as it is: decoders keep all of it for both views,
// and at its full size for so many pixels.
var asIs = Preprocessing{Resize: math.MaxInt32, Crop: 1, View: BothViews, Filter: "bilinear", Std: [3]float32{1, 1, 1}, Layout: "NHWC", Type: "uint8"}

// Pixels decodes data, the content of an image file. Errors are those of Tensor.
func (d *Decoder) Pixels(ctx context.Context, data []byte) (made Pixels, err error) {
	err = d.each(ctx, data, func(f *format) (err error) {
		defer recovered(&err)
		plan, err := f.plan(d, data, asIs)
		if err != nil {
			return err
		}
		if err := d.reserve(ctx, plan.memory); err != nil {
			return err
		}
		return d.carryOut(ctx, plan, func(ctx context.Context, pic picture) error {
			made = Pixels{make([]uint8, 3*pic.width*pic.height), pic.width, pic.height}
			if pic.turn.swapsAxes() {
				made.Width, made.Height = pic.height, pic.width
			}
			flipX, flipY := pic.turn.flips()
			horizontal := side{pic.width, 1, pic.width, 0, pic.width, flipX}
			vertical := side{pic.height, 1, pic.height, 0, pic.height, flipY}
			return new(samplers).resample(ctx, output{bytes: made.Levels}, pic, horizontal, vertical, asIs)
		})
	})
	return made, err
}
