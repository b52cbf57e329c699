package imageio

import (
	"image"
	"slices"

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
	width, height int
	planes        []plane
	model         colourModel
}

// newPicture puts a decoded image into planes. It borrows img's memory where
// that already is planar.
func newPicture(img image.Image) picture {
	bounds := img.Bounds()
	pic := picture{width: bounds.Dx(), height: bounds.Dy(), model: rgb}
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

// padded returns p in memory where width samples can be read from the start
// of the last row too, whatever p's own width is.
func (p plane) padded(width int) plane {
	if missing := (p.down.length-1)*p.stride + width - len(p.samples); missing > 0 {
		p.samples = append(slices.Clip(p.samples), make([]uint8, missing)...)
	}
	return p
}

func ycbcrPlanes(img *image.YCbCr) []plane {
	luma := img.YOffset(img.Rect.Min.X, img.Rect.Min.Y)
	chroma := img.COffset(img.Rect.Min.X, img.Rect.Min.Y)
	width, height := img.Rect.Dx(), img.Rect.Dy()
	across, down := subsampling(img.SubsampleRatio)
	smooth := across <= 2 && down <= 2
	horizontal := grid{(width + across - 1) / across, across, smooth && across == 2}
	vertical := grid{(height + down - 1) / down, down, smooth && down == 2}
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
