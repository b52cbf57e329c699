package imageio

import (
	"image"
	"image/color"

	"github.com/disintegration/imaging"
)

// rowReader writes row y of an image, counted from its top, as red, green and
// blue bytes over white.
type rowReader func(y int, red, green, blue []uint8)

// imageRows reads an image of any type.
func imageRows(img image.Image) rowReader {
	switch img := img.(type) {
	case *image.NRGBA:
		return nrgbaRows(img)
	case *image.RGBA:
		return rgbaRows(img)
	case *image.Paletted:
		return palettedRows(img)
	case *image.Gray16:
		return gray16Rows(img)
	case *image.RGBA64:
		return rgba64Rows(img)
	case *image.NRGBA64:
		return nrgba64Rows(img)
	}
	return nrgbaRows(imaging.Clone(img))
}

func nrgbaRows(img *image.NRGBA) rowReader {
	return func(y int, red, green, blue []uint8) {
		pix := img.Pix[y*img.Stride:]
		for x := range red {
			p := pix[4*x : 4*x+4 : 4*x+4]
			red[x], green[x], blue[x] = overWhite(p[0], p[1], p[2], p[3])
		}
	}
}

// rgbaRows reads samples that are premultiplied, so that the white shining
// through is only to be added.
func rgbaRows(img *image.RGBA) rowReader {
	return func(y int, red, green, blue []uint8) {
		pix := img.Pix[y*img.Stride:]
		for x := range red {
			p := pix[4*x : 4*x+4 : 4*x+4]
			veil := 255 - p[3]
			red[x], green[x], blue[x] = addWhite(p[0], veil), addWhite(p[1], veil), addWhite(p[2], veil)
		}
	}
}

// palettedRows looks colours up itself: imaging would do so in goroutines of
// its own, where an index beyond the palette panics and no recover reaches.
// Such an index is black, as in Pillow.
func palettedRows(img *image.Paletted) rowReader {
	var palette [256][3]uint8
	for i, c := range img.Palette {
		nrgba := color.NRGBAModel.Convert(c).(color.NRGBA)
		r, g, b := overWhite(nrgba.R, nrgba.G, nrgba.B, nrgba.A)
		palette[i] = [3]uint8{r, g, b}
	}
	return func(y int, red, green, blue []uint8) {
		indices := img.Pix[y*img.Stride:]
		for x := range red {
			c := &palette[indices[x]]
			red[x], green[x], blue[x] = c[0], c[1], c[2]
		}
	}
}

// nycbcraRows reads Y'CbCr in the range of video, with transparency or without.
func nycbcraRows(img *image.NYCbCrA) rowReader {
	return func(y int, red, green, blue []uint8) {
		for x := range red {
			luma, chroma := img.YOffset(x, y), img.COffset(x, y)
			alpha := uint8(255)
			if img.A != nil {
				alpha = img.A[img.AOffset(x, y)]
			}
			r, g, b := videoRange.convert(img.Y[luma], img.Cb[chroma], img.Cr[chroma])
			red[x], green[x], blue[x] = overWhite(r, g, b, alpha)
		}
	}
}

func gray16Rows(img *image.Gray16) rowReader {
	return func(y int, red, green, blue []uint8) {
		pix := img.Pix[y*img.Stride:]
		for x := range red {
			v := from16(sample16(pix, x))
			red[x], green[x], blue[x] = v, v, v
		}
	}
}

func nrgba64Rows(img *image.NRGBA64) rowReader {
	return func(y int, red, green, blue []uint8) {
		pix := img.Pix[y*img.Stride:]
		for x := range red {
			veil := 65535 - sample16(pix, 4*x+3)
			over := func(v uint32) uint8 { return from16((v*(65535-veil)+65535/2)/65535 + veil) }
			red[x] = over(sample16(pix, 4*x))
			green[x] = over(sample16(pix, 4*x+1))
			blue[x] = over(sample16(pix, 4*x+2))
		}
	}
}

// rgba64Rows reads premultiplied samples, as rgbaRows does.
func rgba64Rows(img *image.RGBA64) rowReader {
	return func(y int, red, green, blue []uint8) {
		pix := img.Pix[y*img.Stride:]
		for x := range red {
			veil := 65535 - sample16(pix, 4*x+3)
			red[x] = from16(sample16(pix, 4*x) + veil)
			green[x] = from16(sample16(pix, 4*x+1) + veil)
			blue[x] = from16(sample16(pix, 4*x+2) + veil)
		}
	}
}

func overWhite(r, g, b, a uint8) (uint8, uint8, uint8) {
	if a == 255 {
		return r, g, b
	}
	alpha := uint32(a)
	over := func(v uint8) uint8 { return uint8((uint32(v)*alpha + 255*(255-alpha) + 127) / 255) }
	return over(r), over(g), over(b)
}

func addWhite(v, veil uint8) uint8 { return uint8(min(int(v)+int(veil), 255)) }

func sample16(pix []uint8, i int) uint32 {
	return uint32(pix[2*i])<<8 | uint32(pix[2*i+1])
}

// from16 scales 0–65535 to 0–255 and rounds.
func from16(v uint32) uint8 {
	return uint8((min(v, 65535) + 128) / 257)
}
