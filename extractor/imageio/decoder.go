package imageio

import (
	"errors"
	"fmt"
	"math"
)

// Decoder makes tensors from the bytes of image files. Its zero value works.
// It keeps its buffers from one image to the next, so each goroutine needs
// its own.
type Decoder struct {
	Limits

	channels [3]channel
}

// Tensor decodes data, the content of an image file, and writes the tensor p
// describes into dst, which holds p.Len() values.
//
// The error is [ErrNotImage] where the content is of no known image format;
// any other one about the content is a reason that a person understands. dst
// is then of arbitrary content.
func (d *Decoder) Tensor(dst []float32, data []byte, p Preprocessing) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if p.Type != "float32" {
		return fmt.Errorf("preprocessing: type %s is not made yet", p.Type)
	}
	if len(dst) != p.Len() {
		return fmt.Errorf("a tensor of %d values does not fit %d", p.Len(), len(dst))
	}
	f := sniff(data)
	if f == nil {
		return ErrNotImage
	}
	return d.decode(dst, data, f, p)
}

// decode is Tensor for a known format. A panic in a decoder costs its image
// and no more.
func (d *Decoder) decode(dst []float32, data []byte, f *format, p Preprocessing) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = f.explain(fmt.Errorf("the decoder failed: %v", cause))
		}
	}()
	if len(data) == 0 {
		return errors.New("empty file")
	}
	img, err := f.read(data, d.Limits)
	if err != nil {
		return err
	}
	turn := upright
	if f.orientation != nil {
		turn = f.orientation(data)
	}
	d.render(dst, newPicture(img), turn, p)
	return nil
}

// render resamples, converts and normalises pic, shown as turn says, into dst.
func (d *Decoder) render(dst []float32, pic picture, turn orientation, p Preprocessing) {
	horizontal, vertical := sides(pic.width, pic.height, turn, p)
	channels := d.channels[:len(pic.planes)]
	for i := range channels {
		channels[i].prepare(pic.planes[i], horizontal, vertical, filters[p.Filter])
	}
	out := newTarget(dst, pic.model, turn, p)
	first, second, third := &channels[0], &channels[len(channels)/2], &channels[len(channels)-1]
	for y := 0; y < p.Crop; y += 2 {
		for i := range channels {
			channels[i].resample(y)
		}
		out.write(y, first.sums, second.sums, third.sums)
	}
}

// sides lays the resize and the centre crop out along the stored picture's
// two dimensions, as torchvision's Resize and CenterCrop do along the shown.
func sides(width, height int, turn orientation, p Preprocessing) (horizontal, vertical side) {
	shorter := min(width, height)
	lay := func(size int, flipped bool) side {
		resized := p.Resize * size / shorter
		offset := int(math.RoundToEven(float64(resized-p.Crop) / 2))
		return side{size, resized, offset, p.Crop, flipped}
	}
	flipX, flipY := turn.flips()
	return lay(width, flipX), lay(height, flipY)
}
