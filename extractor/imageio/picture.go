package imageio

import (
	"bytes"
	"context"
	"image"
)

// plane is one channel of 8-bit samples, perhaps fewer of them than its
// picture has pixels.
type plane struct {
	samples      []uint8
	stride       int
	across, down grid
}

// liesLike tells whether both planes' samples lie in the picture alike.
func (p plane) liesLike(other plane) bool { return p.across == other.across && p.down == other.down }

// picture is a decoded image in the form the resampler reads: one plane of
// grey, or three of them that its mixer turns into colours.
type picture struct {
	width, height int // in the file
	shrunk        int // of the file's pixels to one of the planes'
	planes        []plane
	mixer         *mixer // of what the planes hold to red, green and blue; nil if they are that
	turn          orientation
}

// shownSize is the size of the picture as it is shown.
func (pic *picture) shownSize() image.Point {
	if pic.turn.swapsAxes() {
		return image.Pt(pic.height, pic.width)
	}
	return image.Pt(pic.width, pic.height)
}

// newPicture puts an image as a decoder returns it into planes. It borrows
// img's memory where that already is planar.
func newPicture(ctx context.Context, img image.Image) (picture, error) {
	bounds := img.Bounds()
	pic := picture{width: bounds.Dx(), height: bounds.Dy(), shrunk: 1, turn: upright}
	switch img := img.(type) {
	case *image.Gray:
		return greyPicture(img.Pix, img.Stride, pic.width, pic.height), nil
	case *image.YCbCr:
		pic.mixer = fromFull
		pic.planes = ycbcrPlanes(img)
	default:
		pic = whitePicture(pic.width, pic.height)
		return pic, pic.fill(ctx, image.Rect(0, 0, pic.width, pic.height), imageRows(img))
	}
	return pic, nil
}

// fullPlane is a plane with one sample for each pixel.
func fullPlane(samples []uint8, stride, width, height int) plane {
	return plane{samples, stride, grid{length: width, pitch: 1}, grid{length: height, pitch: 1}}
}

func ycbcrPlanes(img *image.YCbCr) []plane {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	across, down := subsampling(img.SubsampleRatio)
	horizontal, vertical := chromaGrids(ceilDiv(width, across), ceilDiv(height, down), across, down)
	return []plane{
		fullPlane(img.Y, img.YStride, width, height),
		{img.Cb, img.CStride, horizontal, vertical},
		{img.Cr, img.CStride, horizontal, vertical},
	}
}

func subsampling(ratio image.YCbCrSubsampleRatio) (across, down int) {
	switch ratio {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 1, 1
}

// greyPicture is a picture of one plane.
func greyPicture(samples []uint8, stride, width, height int) picture {
	return picture{
		width: width, height: height, shrunk: 1, turn: upright,
		planes: []plane{fullPlane(samples, stride, width, height)},
	}
}

// whitePicture is a white picture of red, green and blue.
func whitePicture(width, height int) picture {
	size := width * height
	samples := bytes.Repeat([]uint8{255}, 3*size)
	pic := picture{width: width, height: height, shrunk: 1, turn: upright}
	for channel := range 3 {
		pic.planes = append(pic.planes, fullPlane(samples[channel*size:(channel+1)*size], width, width, height))
	}
	return pic
}

// fill writes an image into part of a picture of red, green and blue, or of grey,
// unless ctx is done before.
func (pic *picture) fill(ctx context.Context, part image.Rectangle, read rowReader) error {
	for y := range part.Dy() {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := (part.Min.Y+y)*pic.width + part.Min.X
		row := func(channel int) []uint8 {
			return pic.planes[min(channel, len(pic.planes)-1)].samples[from:][:part.Dx()]
		}
		read(y, row(0), row(1), row(2))
	}
	return nil
}
