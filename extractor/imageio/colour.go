package imageio

import "math"

// ycbcr is a kind of Y'CbCr: how it spreads over its levels, and what red and
// blue count in its luma.
type ycbcr struct {
	black        float64 // level of luma
	luma, chroma float64 // that what is above black, or off grey, is multiplied by
	red, blue    float64 // shares of luma; green has the rest
}

var (
	fullRange  = ycbcr{0, 1, 1, 0.299, 0.114}                    // of JPEG files, ITU-T T.871
	videoRange = ycbcr{16, 255. / 219, 255. / 224, 0.299, 0.114} // of WebP files
	fromFull   = newMixer(fullRange)
	fromVideo  = newMixer(videoRange)
)

const grey = 128

// What red, green and blue take from chroma (ITU-T H.273, equations 41 to 46).
func (m ycbcr) redOfCr() float64   { return 2 * (1 - m.red) }
func (m ycbcr) greenOfCb() float64 { return -m.blue / (1 - m.red - m.blue) * m.blueOfCb() }
func (m ycbcr) greenOfCr() float64 { return -m.red / (1 - m.red - m.blue) * m.redOfCr() }
func (m ycbcr) blueOfCb() float64  { return 2 * (1 - m.blue) }

// convert is the colour of one pixel.
func (m ycbcr) convert(y, cb, cr uint8) (red, green, blue uint8) {
	luma := (float64(y) - m.black) * m.luma
	b, r := (float64(cb)-grey)*m.chroma, (float64(cr)-grey)*m.chroma
	level := func(v float64) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }
	return level(luma + m.redOfCr()*r), level(luma + m.greenOfCb()*b + m.greenOfCr()*r), level(luma + m.blueOfCb()*b)
}

// mixer converts gathered sums.
type mixer struct {
	luma, redOfCr, greenOfCb, greenOfCr, blueOfCb uint64 // times 1<<factorBits
	red, green, blue                              uint64 // to add
}

const (
	factorBits  = 13
	beforePoint = (1<<(32-factorBits) - 1) * bothHalves // of a sum what a factor leaves room for
)

func newMixer(m ycbcr) *mixer {
	factor := func(v float64) int64 { return int64(math.RoundToEven(v * (1 << factorBits))) }
	y, redCr := factor(m.luma), factor(m.redOfCr()*m.chroma)
	greenCb, greenCr, blueCb := factor(m.greenOfCb()*m.chroma), factor(m.greenOfCr()*m.chroma), factor(m.blueOfCb()*m.chroma)
	// Black and grey come off, and so do the biases, of which one is to stay.
	const unit = one >> factorBits
	black := int64(m.black*unit) + bias>>factorBits
	middle := int64(grey*unit) + bias>>factorBits
	offset := func(chroma int64) uint64 { return uint64(mixedBias-y*black-chroma*middle) * bothHalves }
	return &mixer{
		uint64(y), uint64(redCr), uint64(greenCb), uint64(greenCr), uint64(blueCb),
		offset(redCr), offset(greenCb + greenCr), offset(blueCb),
	}
}

// mix makes two rows of values of the sums of Y', Cb and Cr. It keeps these within
// their levels, which a cubic filter may leave, and colours within black and white,
// where a decoder would have kept them pixel by pixel.
func (m *mixer) mix(out *rowPair, n *[3]normalisation, first, second, third []uint64) {
	second, third = second[:len(first)], third[:len(first)]
	r0, g0, b0 := out[0][0][:len(first)], out[0][1][:len(first)], out[0][2][:len(first)]
	r1, g1, b1 := out[1][0][:len(first)], out[1][1][:len(first)], out[1][2][:len(first)]
	f, nr, ng, nb := *m, n[0], n[1], n[2]
	for x := range first {
		y := kept(first[x]) >> factorBits & beforePoint * f.luma
		cb := kept(second[x]) >> factorBits & beforePoint
		cr := kept(third[x]) >> factorBits & beforePoint
		red := y + cr*f.redOfCr + f.red
		green := y + cb*f.greenOfCb + cr*f.greenOfCr + f.green
		blue := y + cb*f.blueOfCb + f.blue
		r, g, b := red+toWithin, green+toWithin, blue+toWithin
		if ((r^within)|(g^within)|(b^within)|((r+toNext)^within)|((g+toNext)^within)|((b+toNext)^within))&outside != 0 {
			red, green, blue = saturateMixed(red), saturateMixed(green), saturateMixed(blue)
		} else {
			red, green, blue = red-toBias, green-toBias, blue-toBias
		}
		r1[x], g1[x], b1[x] = nr.of(red>>32), ng.of(green>>32), nb.of(blue>>32)
		r0[x], g0[x], b0[x] = nr.of(red&lowerHalf), ng.of(green&lowerHalf), nb.of(blue&lowerHalf)
	}
}

// keep makes two rows of values of the sums of a colour. It keeps them within
// black and white, which a cubic filter may leave.
func keep(out *rowPair, n *[3]normalisation, channel int, sums []uint64) {
	upper, lower, of := out[0][channel][:len(sums)], out[1][channel][:len(sums)], n[channel]
	for x, s := range sums {
		s = kept(s)
		lower[x] = of.of(s >> 32)
		upper[x] = of.of(s & lowerHalf)
	}
}

// A sum is of no colour under black if it has the bias's bit, and of none over
// white if it lacks the next one when what white lacks to that is added.
const (
	notBlack = bias * bothHalves
	white    = 2 * bias * bothHalves
	toWhite  = (bias - 255*one - 1) * bothHalves
)

// kept are sums within black and white.
func kept(sums uint64) uint64 {
	if sums&notBlack != notBlack || (sums+toWhite)&white != 0 {
		return saturate(sums)
	}
	return sums
}

func saturate(sums uint64) uint64 {
	lower, upper := sums&lowerHalf, sums>>32
	return min(max(lower, bias), bias+255*one) | min(max(upper, bias), bias+255*one)<<32
}

// A mixed sum has more bias: saturated blue of video is 277 levels under black, and
// white as blue as can be 280 over it. It is within 0 and 256 if its two highest bits
// are those of within when as much is added as black lacks to that, and at most 255 if
// they stay so when all but one level is added.
const (
	mixedBias = bias + bias/2 // 384 levels
	toBias    = (mixedBias - bias) * bothHalves
	toWithin  = (2*bias - mixedBias) * bothHalves
	toNext    = (one - 1) * bothHalves
	within    = 2 * bias * bothHalves
	outside   = 3 * bias * bothHalves
)

// saturateMixed is saturate for sums with the bias of mixed ones, which it brings to
// that of others.
func saturateMixed(sums uint64) uint64 {
	lower, upper := sums&lowerHalf, sums>>32
	of := func(sum uint64) uint64 { return min(max(sum, mixedBias), mixedBias+255*one) - (mixedBias - bias) }
	return of(lower) | of(upper)<<32
}
