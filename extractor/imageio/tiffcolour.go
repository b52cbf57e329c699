package imageio

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"slices"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

// tiffPicture makes a picture of a TIFF file's channels.
type tiffPicture struct{ *tiff.Picture }

// colour makes the channels into a picture.
func (t tiffPicture) colour(ctx context.Context) (picture, error) {
	if t.AlphaAssumed && !slices.ContainsFunc(t.Channels[t.Alpha], func(a uint8) bool { return a != 0 }) {
		t.Alpha = 0 // not transparency, or nothing would be seen
	}
	pic := whitePicture(t.Width, t.Height)
	var rows rowReader
	switch t.Photometric {
	case tiff.WhiteIsZero:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return 255 - s[0], 255 - s[0], 255 - s[0] })
	case tiff.BlackIsZero:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return s[0], s[0], s[0] })
	case tiff.RGB:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return s[0], s[1], s[2] })
	case tiff.YCbCr:
		rows = t.rows(t.ycbcr())
	case tiff.Lab, tiff.ICCLab:
		offset := uint8(0)
		if t.Photometric == tiff.ICCLab {
			offset = 128
		}
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return labToRGB(s[0], int8(s[1]-offset), int8(s[2]-offset)) })
	case tiff.CMYK:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return color.CMYKToRGB(s[0], s[1], s[2], s[3]) })
	case tiff.Palette:
		palette, err := t.palette()
		if err != nil {
			return picture{}, err
		}
		rows = t.rows(func(s []uint8) (r, g, b uint8) { c := palette[s[0]]; return c[0], c[1], c[2] })
	}
	return pic, pic.fill(ctx, image.Rect(0, 0, t.Width, t.Height), rows)
}

func (t tiffPicture) rows(convert func(samples []uint8) (r, g, b uint8)) rowReader {
	return func(y int, red, green, blue []uint8) {
		samples := make([]uint8, len(t.Channels))
		for x := range red {
			for i, channel := range t.Channels {
				samples[i] = channel[y*t.Width+x]
			}
			r, g, b := convert(samples)
			switch {
			case t.Alpha == 0:
			case t.Premultiplied:
				veil := 255 - samples[t.Alpha]
				r, g, b = addWhite(r, veil), addWhite(g, veil), addWhite(b, veil)
			default:
				r, g, b = overWhite(r, g, b, samples[t.Alpha])
			}
			red[x], green[x], blue[x] = r, g, b
		}
	}
}

// palette reads the colour map: all reds, all greens, all blues, of 16 bits.
// Some writers leave the lower half zero, so only the upper can be relied on.
func (t tiffPicture) palette() (palette [256][3]uint8, err error) {
	colours := t.Count(tiff.ColourMap) / 3
	if colours < 1<<t.Bits {
		return palette, errors.New("palette is missing or too short")
	}
	for i := range min(colours, 256) {
		for channel := range 3 {
			palette[i][channel] = uint8(t.NumberAt(tiff.ColourMap, channel*colours+i) >> 8)
		}
	}
	return palette, nil
}

// ycbcr converts by the file's own share of colours in luma and its levels of black
// and white (TIFF 6.0, section 21); JPEG has its own.
func (t tiffPicture) ycbcr() func(samples []uint8) (r, g, b uint8) {
	if t.Compression == tiff.JPEG || t.Compression == tiff.OldJPEGCoding {
		return func(s []uint8) (r, g, b uint8) { return color.YCbCrToRGB(s[0], s[1], s[2]) }
	}
	shares := t.Ratios(tiff.LumaShares, []float64{fullRange.red, 1 - fullRange.red - fullRange.blue, fullRange.blue})
	levels := t.Ratios(tiff.BlackAndWhite, []float64{0, 255, grey, 255, grey, 255})
	m := ycbcr{red: shares[0], blue: shares[2]}
	if !(m.red > 0 && m.blue > 0 && m.red+m.blue < 1) {
		m = fullRange
	}
	var tables [3][256]float64 // luma, Cb and Cr of a sample
	for i := range tables {
		black, white, full := levels[2*i], levels[2*i+1], 255.
		if i > 0 {
			full = 127
		}
		if white <= black {
			black, white = []float64{0, grey, grey}[i], 255
		}
		for v := range 256 {
			tables[i][v] = (float64(v) - black) * full / (white - black)
		}
	}
	level := func(v float64) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }
	return func(s []uint8) (r, g, b uint8) {
		y, cb, cr := tables[0][s[0]], tables[1][s[1]], tables[2][s[2]]
		return level(y + m.redOfCr()*cr), level(y + m.greenOfCb()*cb + m.greenOfCr()*cr), level(y + m.blueOfCb()*cb)
	}
}

// labToRGB converts CIE L*a*b* of illuminant D50, L from 0 to 255, to sRGB by the
// matrix that adapts to D65 (ISO 15076-1; the profile of IEC 61966-2-1).
func labToRGB(l uint8, a, b int8) (red, green, blue uint8) {
	fy := (float64(l)*100/255 + 16) / 116
	x, y, z := 0.9642*labInverse(fy+float64(a)/500), labInverse(fy), 0.8249*labInverse(fy-float64(b)/200)
	return sRGBLevel(3.1339*x - 1.6169*y - 0.4906*z), sRGBLevel(-0.9788*x + 1.9161*y + 0.0335*z), sRGBLevel(0.0719*x - 0.2290*y + 1.4052*z)
}

func labInverse(t float64) float64 {
	const linear = 6. / 29
	if t > linear {
		return t * t * t
	}
	return 3 * linear * linear * (t - 4./29)
}

// sRGBLevel is the level of a share of light.
func sRGBLevel(v float64) uint8 {
	switch {
	case !(v > 0):
		return 0
	case v >= 1:
		return 255
	case v <= 0.0031308:
		return uint8(255*12.92*v + 0.5)
	}
	return uint8(255*(1.055*math.Pow(v, 1/2.4)-0.055) + 0.5)
}
