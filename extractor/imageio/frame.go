package imageio

import "image"

// Frame is a part of a picture as it is shown, in shares of its width and height
// from the left and the top.
type Frame struct {
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Right  float64 `json:"right"`
	Bottom float64 `json:"bottom"`
}

// Shown returns the size of the picture that Tensor or TensorOfBytes last made a
// tensor of, as it is shown.
func (d *Decoder) Shown() image.Point { return d.shown }

// Frame returns what of a picture, of the given size as it is shown, a tensor holds.
func (p Preprocessing) Frame(size image.Point) Frame {
	horizontal, vertical := sides(size.X, size.Y, 1, upright, p)
	left, right := horizontal.kept()
	top, bottom := vertical.kept()
	return Frame{left, top, right, bottom}
}

// kept returns where the crop begins and ends, as shares of the side.
func (s side) kept() (from, to float64) {
	return float64(s.offset) / float64(s.resized), float64(s.offset+s.crop) / float64(s.resized)
}
