package imageio

// axis says how one side of a plane is resampled: pixel i of what is kept is
// the sum of the taps samples from start[i] on, times weightsOf(i).
type axis struct {
	taps   int // a multiple of four; samples beyond the plane's end have no weight
	start  []int
	weight []float32
}

// side is one dimension of a picture on its way to the tensor.
type side struct {
	size    int  // pixels of the picture
	resized int  // pixels it is scaled to
	offset  int  // resized pixels cut off before the crop, as shown
	crop    int  // resized pixels kept
	flipped bool // shown backwards
}

// resample computes the axis for a plane that lies along s as g says.
//
// The weights are Pillow's (precompute_coeffs in src/libImaging/Resample.c):
// the filter is stretched by the scale when shrinking, sampled at the pixels'
// centres, and normalised. Those of a subsampled plane are then moved from
// the pixels to the samples that the pixels would be interpolated from, so
// that the plane never has to be brought to the picture's size.
func (a *axis) resample(s side, f filter, g grid) {
	scale := float64(s.size) / float64(s.resized)
	stretch := max(scale, 1)
	support := f.support * stretch
	a.taps = roundUp(g.samplesUnder(int(2*support)+1), 4)
	a.start = grow(a.start, s.crop)
	a.weight = grow(a.weight, s.crop*a.taps)
	clear(a.weight)
	for i := range s.crop {
		at := s.offset + i
		if s.flipped {
			at = s.resized - 1 - at
		}
		center := (float64(at) + 0.5) * scale
		first := max(int(center-support+0.5), 0)
		last := min(int(center+support+0.5), s.size)
		start := max(g.firstUnder(first), 0)
		sum := 0.0
		for pixel := first; pixel < last; pixel++ {
			sum += f.at((float64(pixel) - center + 0.5) / stretch)
		}
		weights := a.weightsOf(i)
		for pixel := first; pixel < last; pixel++ {
			w := f.at((float64(pixel)-center+0.5)/stretch) / sum
			near, far, share := g.samplesOf(pixel)
			weights[near-start] += float32(w * share)
			weights[far-start] += float32(w * (1 - share))
		}
		a.start[i] = start
	}
}

func (a *axis) weightsOf(i int) []float32 { return a.weight[i*a.taps : (i+1)*a.taps] }

// span is the range of samples that any kept pixel needs.
func (a *axis) span() (from, to int) {
	from = a.start[0]
	for _, start := range a.start {
		from, to = min(from, start), max(to, start+a.taps)
	}
	return from, to
}

// gather computes the kept pixels from samples, the first of which is the
// plane's sample number from.
func (a *axis) gather(dst, samples []float32, from int) {
	start := a.start[:len(dst)]
	if a.taps == 4 {
		for x := range dst {
			w := (*[4]float32)(a.weight[4*x:])
			s := (*[4]float32)(samples[start[x]-from:])
			dst[x] = (w[0]*s[0] + w[1]*s[1]) + (w[2]*s[2] + w[3]*s[3])
		}
		return
	}
	for x := range dst {
		weights := a.weightsOf(x)
		samples := samples[start[x]-from:][:len(weights)]
		var even, odd float32
		for len(weights) >= 4 && len(samples) >= 4 {
			even += weights[0]*samples[0] + weights[2]*samples[2]
			odd += weights[1]*samples[1] + weights[3]*samples[3]
			weights, samples = weights[4:], samples[4:]
		}
		dst[x] = even + odd
	}
}

// grow returns a slice of length n, in s's memory where that suffices. Its
// content is arbitrary.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
