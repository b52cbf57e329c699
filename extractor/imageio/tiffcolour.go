package imageio

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"slices"
)

// colour makes the channels into a picture.
func (t *tiffPicture) colour(ctx context.Context) (picture, error) {
	if t.alphaAssumed && !slices.ContainsFunc(t.channels[t.alpha], func(a uint8) bool { return a != 0 }) {
		t.alpha = 0 // not transparency, or nothing would be seen
	}
	pic := whitePicture(t.width, t.height)
	var rows rowReader
	switch t.photometric {
	case tiffWhiteIsZero:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return 255 - s[0], 255 - s[0], 255 - s[0] })
	case tiffBlackIsZero:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return s[0], s[0], s[0] })
	case tiffRGB:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return s[0], s[1], s[2] })
	case tiffYCbCr:
		rows = t.rows(t.ycbcr())
	case tiffLab, tiffICCLab:
		offset := uint8(0)
		if t.photometric == tiffICCLab {
			offset = 128
		}
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return labToRGB(s[0], int8(s[1]-offset), int8(s[2]-offset)) })
	case tiffCMYK:
		rows = t.rows(func(s []uint8) (r, g, b uint8) { return color.CMYKToRGB(s[0], s[1], s[2], s[3]) })
	case tiffPalette:
		palette, err := t.palette()
		if err != nil {
			return picture{}, err
		}
		rows = t.rows(func(s []uint8) (r, g, b uint8) { c := palette[s[0]]; return c[0], c[1], c[2] })
	}
	return pic, pic.fill(ctx, image.Rect(0, 0, t.width, t.height), rows)
}

func (t *tiffPicture) rows(convert func(samples []uint8) (r, g, b uint8)) rowReader {
	return func(y int, red, green, blue []uint8) {
		samples := make([]uint8, len(t.channels))
		for x := range red {
			for i, channel := range t.channels {
				samples[i] = channel[y*t.width+x]
			}
			r, g, b := convert(samples)
			switch {
			case t.alpha == 0:
			case t.premultiplied:
				veil := 255 - samples[t.alpha]
				r, g, b = addWhite(r, veil), addWhite(g, veil), addWhite(b, veil)
			default:
				r, g, b = overWhite(r, g, b, samples[t.alpha])
			}
			red[x], green[x], blue[x] = r, g, b
		}
	}
}

// palette reads the colour map: all reds, all greens, all blues, of 16 bits.
// Some writers leave the lower half zero, so only the upper can be relied on.
func (t *tiffPicture) palette() (palette [256][3]uint8, err error) {
	colours := t.count(tiffColourMap) / 3
	if colours < 1<<t.bits {
		return palette, errors.New("palette is missing or too short")
	}
	for i := range min(colours, 256) {
		for channel := range 3 {
			palette[i][channel] = uint8(t.numberAt(tiffColourMap, channel*colours+i) >> 8)
		}
	}
	return palette, nil
}

// ycbcr converts by the file's own share of colours in luma and its levels of black
// and white (TIFF 6.0, section 21); JPEG has its own.
func (t *tiffPicture) ycbcr() func(samples []uint8) (r, g, b uint8) {
	if t.compression == tiffJPEG || t.compression == tiffOldJPEGCoding {
		return func(s []uint8) (r, g, b uint8) { return color.YCbCrToRGB(s[0], s[1], s[2]) }
	}
	shares := t.ratios(tiffLumaShares, []float64{fullRange.red, 1 - fullRange.red - fullRange.blue, fullRange.blue})
	levels := t.ratios(tiffBlackAndWhite, []float64{0, 255, grey, 255, grey, 255})
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
