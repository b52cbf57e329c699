package imageio

import "math"

// axis says how one side of a plane is resampled: pixel i of what is kept is
// the sum of the taps samples from start[i] on, times weightsOf(i).
type axis struct {
	taps   int // a multiple of four; samples beyond the plane's end have no weight
	start  []int
	weight []uint64 // fixed-point, two's complement
}

// side is one dimension of a picture on its way to the tensor.
type side struct {
	size    int  // pixels of the picture
	resized int  // pixels it is scaled to
	offset  int  // resized pixels cut off before the crop, as shown
	crop    int  // resized pixels kept
	flipped bool // shown backwards
}

// resample computes the axis for a plane that lies along s as g says, with
// weights of which every pixel's sum to one.
//
// The weights are Pillow's (precompute_coeffs in src/libImaging/Resample.c):
// the filter is stretched by the scale when shrinking, sampled at the pixels'
// centres, and normalised. Those of a subsampled plane are then moved from
// the pixels to the samples that the pixels would be interpolated from, so
// that the plane never has to be brought to the picture's size.
func (a *axis) resample(s side, f filter, g grid, one int64) {
	scale := float64(s.size) / float64(s.resized)
	stretch := max(scale, 1)
	support := f.support * stretch
	pixels := int(2*support) + 1
	a.taps = roundUp(g.samplesUnder(pixels), 4)
	a.start = grow(a.start, s.crop)
	a.weight = grow(a.weight, s.crop*a.taps)
	ofPixel, ofSample := make([]float64, 0, pixels), make([]float64, a.taps)
	for i := range s.crop {
		at := s.offset + i
		if s.flipped {
			at = s.resized - 1 - at
		}
		center := (float64(at) + 0.5) * scale
		first := max(int(center-support+0.5), 0)
		last := min(int(center+support+0.5), s.size)
		ofPixel = ofPixel[:0]
		sum := 0.0
		for pixel := first; pixel < last; pixel++ {
			w := f.at((float64(pixel) - center + 0.5) / stretch)
			ofPixel = append(ofPixel, w)
			sum += w
		}
		start := max(g.firstUnder(first), 0)
		clear(ofSample)
		for j, w := range ofPixel {
			near, far, share := g.samplesOf(first + j)
			ofSample[near-start] += w / sum * share
			ofSample[far-start] += w / sum * (1 - share)
		}
		a.start[i] = start
		quantise(a.weightsOf(i), ofSample, one)
	}
}

// quantise rounds weights to integers that sum to one exactly; the heaviest
// takes what rounding leaves over.
func quantise(dst []uint64, weights []float64, one int64) {
	heaviest, rest := 0, one
	for i, w := range weights {
		rounded := int64(math.RoundToEven(w * float64(one)))
		dst[i] = uint64(rounded)
		rest -= rounded
		if w > weights[heaviest] {
			heaviest = i
		}
	}
	dst[heaviest] += uint64(rest)
}

func (a *axis) weightsOf(i int) []uint64 { return a.weight[i*a.taps : (i+1)*a.taps] }

// span is the range of samples that any kept pixel needs.
func (a *axis) span() (from, to int) {
	from = a.start[0]
	for _, start := range a.start {
		from, to = min(from, start), max(to, start+a.taps)
	}
	return from, to
}

// grow returns a slice of length n, in s's memory where that suffices. Its
// content is arbitrary.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }
