package imageio

import (
	"image"

	"github.com/disintegration/imaging"
)

// plane is one channel of 8-bit samples, perhaps fewer of them than its
// picture has pixels.
type plane struct {
	samples      []uint8
	stride       int
	across, down grid
}

// picture is a decoded image in the form the resampler reads: one plane of
// grey, or three of the colours its model names.
type picture struct {
	width, height int // in the file
	shrunk        int // of the file's pixels to one of the planes'
	planes        []plane
	model         colourModel
	turn          orientation
}

// newPicture puts a decoded image into planes. It borrows img's memory where
// that already is planar.
func newPicture(img image.Image) picture {
	bounds := img.Bounds()
	pic := picture{width: bounds.Dx(), height: bounds.Dy(), shrunk: 1, model: rgb, turn: upright}
	switch img := img.(type) {
	case *image.Gray:
		pic.planes = []plane{fullPlane(img.Pix[img.PixOffset(bounds.Min.X, bounds.Min.Y):], img.Stride, pic.width, pic.height)}
	case *image.YCbCr:
		pic.model = jfif
		pic.planes = ycbcrPlanes(img)
	case *image.Paletted:
		pic.fill(palettedRows(img))
	case *image.Gray16:
		pic.fill(gray16Rows(img))
	case *image.RGBA64:
		pic.fill(rgba64Rows(img))
	case *image.NRGBA64:
		pic.fill(nrgba64Rows(img))
	default:
		pic.fill(nrgbaRows(imaging.Clone(img)))
	}
	return pic
}

// fullPlane is a plane with one sample for each pixel.
func fullPlane(samples []uint8, stride, width, height int) plane {
	return plane{samples, stride, grid{length: width, pitch: 1}, grid{length: height, pitch: 1}}
}

func ycbcrPlanes(img *image.YCbCr) []plane {
	luma := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y)
	chroma := img.COffset(img.Rect.Min.X, img.Rect.Min.Y)
	width, height := img.Rect.Dx(), img.Rect.Dy()
	across, down := subsampling(img.SubsampleRatio)
	horizontal, vertical := chromaGrids(ceilDiv(width, across), ceilDiv(height, down), across, down)
	return []plane{
		fullPlane(img.Y[luma:], img.YStride, width, height),
		{img.Cb[chroma:], img.CStride, horizontal, vertical},
		{img.Cr[chroma:], img.CStride, horizontal, vertical},
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

// rowReader writes row y of an image, counted from its top, as red, green and
// blue bytes over white.
type rowReader func(y int, red, green, blue []uint8)

// fill makes the three planes of an RGB picture from its rows.
func (pic *picture) fill(read rowReader) {
	size := pic.width * pic.height
	samples := make([]uint8, 3*size)
	pic.planes = make([]plane, 3)
	for channel := range pic.planes {
		pic.planes[channel] = fullPlane(samples[channel*size:(channel+1)*size], pic.width, pic.width, pic.height)
	}
	for y := range pic.height {
		row := func(channel int) []uint8 { return pic.planes[channel].samples[y*pic.width : (y+1)*pic.width] }
		read(y, row(0), row(1), row(2))
	}
}
