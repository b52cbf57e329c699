package imageio

import "math"

// side is one dimension of a picture on its way to the tensor.
type side struct {
	full    int  // pixels of the picture in the file
	shrunk  int  // of them to a pixel of the picture as decoded
	resized int  // pixels it is scaled to
	offset  int  // resized pixels cut off before the crop, as shown
	crop    int  // resized pixels kept
	flipped bool // shown backwards
}

// sides lays the resize and the centre crop out along a stored picture's two
// dimensions, as torchvision's Resize and CenterCrop do along the shown; or the
// whole picture, for SquareView. For BothViews they are those of its crop.
func sides(width, height, shrunk int, turn orientation, p Preprocessing) (horizontal, vertical side) {
	shorter := min(width, height)
	lay := func(full int, flipped bool) side {
		resized := p.Resize * full / shorter
		if p.View == SquareView {
			resized = p.Crop
		}
		offset := int(math.RoundToEven(float64(resized-p.Crop) / 2))
		return side{full, shrunk, resized, offset, p.Crop, flipped}
	}
	flipX, flipY := turn.flips()
	return lay(width, flipX), lay(height, flipY)
}

// scale is how many decoded pixels go into a resized one.
func (s side) scale() float64 {
	return float64(s.full) / float64(s.resized*s.shrunk)
}

// center is where in the decoded picture the middle of kept pixel i lies.
func (s side) center(i int) float64 {
	at := s.offset + i
	if s.flipped {
		at = s.resized - 1 - at
	}
	return (float64(at) + 0.5) * s.scale()
}

// reach is the range of the file's pixels that the crop may be made from, with
// some to spare for what chroma is interpolated from.
func (s side) reach(f *filter) (from, to int) {
	const spare = 4
	first, last := s.center(0), s.center(s.crop-1)
	if s.flipped {
		first, last = last, first
	}
	support := f.support*max(s.scale(), 1) + 1
	from = int(first-support)*s.shrunk - spare
	to = int(math.Ceil(last+support))*s.shrunk + spare
	return max(from, 0), min(to, s.full)
}
