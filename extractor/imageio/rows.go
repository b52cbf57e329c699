package imageio

import (
	"image"
	"image/color"
)

func nrgbaRows(img *image.NRGBA) rowReader {
	return func(y int, red, green, blue []uint8) {
		pix := img.Pix[y*img.Stride:]
		for x := range red {
			p := pix[4*x : 4*x+4 : 4*x+4]
			red[x], green[x], blue[x] = overWhite(p[0], p[1], p[2], p[3])
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

// rgba64Rows reads samples that are premultiplied, so that the white shining
// through is only to be added.
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

func sample16(pix []uint8, i int) uint32 {
	return uint32(pix[2*i])<<8 | uint32(pix[2*i+1])
}

// from16 scales 0–65535 to 0–255 and rounds.
func from16(v uint32) uint8 {
	return uint8((min(v, 65535) + 128) / 257)
}
