package imageio

// colourModel says what a picture's three planes hold.
type colourModel int

const (
	rgb  colourModel = iota
	jfif             // Y'CbCr as JPEG files have it: BT.601, full range
)

// toRGB converts one row in place and keeps it within 0–255, which a decoder
// would have done pixel by pixel and a bicubic filter may leave.
func (m colourModel) toRGB(a, b, c []float32) {
	b, c = b[:len(a)], c[:len(a)]
	switch m {
	case rgb:
		for x := range a {
			a[x], b[x], c[x] = clamp(a[x]), clamp(b[x]), clamp(c[x])
		}
	case jfif:
		for x := range a {
			y, cb, cr := a[x], b[x]-128, c[x]-128
			a[x] = clamp(y + 1.402*cr)
			b[x] = clamp(y - 0.344136286*cb - 0.714136286*cr)
			c[x] = clamp(y + 1.772*cb)
		}
	}
}

func clamp(v float32) float32 {
	if v < 0 {
		return 0
	}
	if v > 255 {
		return 255
	}
	return v
}
