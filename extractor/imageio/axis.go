package imageio

import (
	"iter"
	"math"
	"slices"
)

// fewTaps is as many samples as most pixels are made of, when photos of the
// usual sizes shrink.
const fewTaps = 4

// axis says how one side of a plane is resampled: pixel i of what is kept is
// the sum of the taps samples from first+start[i] on, times weightsOf(i).
type axis struct {
	of     axisOf
	first  int // sample that any pixel is made of
	span   int // samples from first to the last
	taps   int // a multiple of fewTaps; samples beyond the plane's end have no weight
	start  []int
	weight []uint64 // times oneWeight, in two's complement
}

// axisOf is what an axis follows from.
type axisOf struct {
	side   side
	filter *filter
	grid   grid
}

// resample computes the axis for a plane that lies along s as g says, unless
// it did so for the picture before.
//
// The weights are Pillow's (precompute_coeffs in src/libImaging/Resample.c):
// the filter is stretched by the scale when shrinking, sampled at the pixels'
// centres, and normalised. Those of a subsampled plane are then moved from
// the pixels to the samples that the pixels would be interpolated from, so
// that the plane never has to be brought to the picture's size.
func (a *axis) resample(s side, f *filter, g grid) {
	of := axisOf{s, f, g}
	if a.of == of {
		return
	}
	scale := s.scale()
	stretch := max(scale, 1)
	support := f.support * stretch
	size := ceilDiv(s.full, s.shrunk)
	pixels := int(2*support) + 1
	a.taps = roundUp(g.samplesUnder(pixels), fewTaps)
	a.start = grow(a.start, s.crop)
	a.weight = grow(a.weight, s.crop*a.taps)
	ofPixel, ofSample := make([]float64, 0, pixels), make([]float64, a.taps)
	for i := range s.crop {
		center := s.center(i)
		first := max(int(center-support+0.5), 0)
		last := min(int(center+support+0.5), size)
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
		quantise(a.weightsOf(i), ofSample)
	}
	a.first, a.span = slices.Min(a.start), slices.Max(a.start)-slices.Min(a.start)+a.taps
	for i := range a.start {
		a.start[i] -= a.first
	}
	a.of = of
}

// quantise rounds weights to multiples of 1/oneWeight, and their running sum
// too, so that they still sum to one.
func quantise(dst []uint64, weights []float64) {
	sum, before := 0.0, int64(0)
	for i, w := range weights {
		sum += w
		rounded := int64(math.Floor(sum*oneWeight + 0.5))
		dst[i] = uint64(rounded - before)
		before = rounded
	}
}

func (a *axis) weightsOf(i int) []uint64 { return a.weight[i*a.taps : (i+1)*a.taps] }

// pairs yields the samples that pixels i and i+1 are made of, with the weights
// for the first in the lower half of a word and for the second in the upper. A
// last pixel without a next one is taken twice.
func (a *axis) pairs(i int) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		j := min(i+1, len(a.start)-1)
		first, last := min(a.start[i], a.start[j]), max(a.start[i], a.start[j])+a.taps
		for sample := first; sample < last; sample++ {
			weights := a.weightFor(i, sample) + a.weightFor(j, sample)<<32
			if weights != 0 && !yield(a.first+sample, weights) {
				return
			}
		}
	}
}

// weightFor is the weight of one sample in pixel i.
func (a *axis) weightFor(i, sample int) uint64 {
	if tap := sample - a.start[i]; tap >= 0 && tap < a.taps {
		return a.weight[i*a.taps+tap]
	}
	return 0
}

// grow returns a slice of length n, in s's memory where that suffices. Its
// content is arbitrary.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func roundUp(n, multiple int) int { return ceilDiv(n, multiple) * multiple }
