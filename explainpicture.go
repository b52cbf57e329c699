package headstart

import (
	"image"
	"image/color"
	"math"
)

// Overlay returns the photo with one of the Maps laid over it: its lightness is the
// photo's, its colour what [HeatColour] gives for the map's Values, from
// −[Explanation.Strength] to Strength. What the backbone did not see stays grey.
func (e *Explanation) Overlay(i int) *image.RGBA {
	heat := grid{e.Width, e.Height, make([]float64, e.Width*e.Height)}
	strength := e.Strength()
	for place, v := range e.Maps[i].Values {
		heat.values[place] = float64(v) / strength
	}
	size := e.Photo.Rect.Size()
	over := image.NewRGBA(e.Photo.Rect)
	for y := range size.Y {
		down := ((float64(y)+0.5)/float64(size.Y) - e.Frame.Top) / (e.Frame.Bottom - e.Frame.Top)
		for x := range size.X {
			across := ((float64(x)+0.5)/float64(size.X) - e.Frame.Left) / (e.Frame.Right - e.Frame.Left)
			v := 0.0
			if min(across, down) >= 0 && max(across, down) <= 1 {
				v = heat.at(across, down)
			}
			over.SetRGBA(x, y, HeatColour(v, lightness(e.Photo.RGBAAt(x, y))))
		}
	}
	return over
}

// Strength is the largest absolute value in any of the Maps, which thereby share
// one scale.
func (e *Explanation) Strength() float64 {
	strength := math.SmallestNonzeroFloat32
	for i := range e.Maps {
		for _, v := range e.Maps[i].Values {
			strength = max(strength, math.Abs(float64(v)))
		}
	}
	return strength
}

// The scale is laid out in OKLab (Björn Ottosson, A perceptual color space for image
// processing, 2020), where equal distances look equally large: the chroma is
// proportional to the heat, in two hues that people with any of the usual kinds of
// colour blindness tell apart.
const (
	warmHue    = 55 * math.Pi / 180  // orange, for the class
	coldHue    = 255 * math.Pi / 180 // blue, against it
	mostChroma = 0.19
)

// HeatColour returns the colour for a heat from −1, against the class, over 0, grey,
// to 1, for the class; and for a lightness from 0, dark, to 1.
func HeatColour(heat, lightness float64) color.RGBA {
	chroma, hue := mostChroma*min(math.Abs(heat), 1), warmHue
	if heat < 0 {
		hue = coldHue
	}
	// Neither black nor white has room for colours.
	l := 0.25 + 0.65*lightness
	return fromOKLab(l, chroma*math.Cos(hue), chroma*math.Sin(hue))
}

// lightness is that in OKLab of the grey that is as bright as c.
func lightness(c color.RGBA) float64 {
	return math.Cbrt(0.2126*lightOf[c.R] + 0.7152*lightOf[c.G] + 0.0722*lightOf[c.B])
}

func fromOKLab(lightness, a, b float64) color.RGBA {
	cube := func(x float64) float64 { return x * x * x }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	return color.RGBA{
		level(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		level(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		level(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		255,
	}
}

// lightOf is the light of each of sRGB's levels, and levelOf the level of each of
// lightSteps of light (IEC 61966-2-1).
var lightOf, levelOf = lightTables()

const lightSteps = 1 << 13

func lightTables() (lightOf [256]float64, levelOf [lightSteps]uint8) {
	for level := range lightOf {
		if v := float64(level) / 255; v <= 0.04045 {
			lightOf[level] = v / 12.92
		} else {
			lightOf[level] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	at := 0
	for i := range levelOf {
		light := float64(i) / (lightSteps - 1)
		for at < 255 && light > (lightOf[at]+lightOf[at+1])/2 {
			at++
		}
		levelOf[i] = uint8(at)
	}
	return lightOf, levelOf
}

func level(light float64) uint8 {
	return levelOf[int(min(max(light, 0), 1)*(lightSteps-1)+0.5)]
}
