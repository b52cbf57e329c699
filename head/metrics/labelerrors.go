package metrics

import (
	"context"
	"math"
	"slices"
)

// LabelNoise says how labels go wrong: one in some is not that of the image, but
// any of the classes, each as likely.
type LabelNoise struct {
	Share    float64 // of the labels that are drawn so; 1/classes of these are right by chance
	exponent float64 // of the probabilities, which are too even if wrong labels calibrated them
	drawn    float64 // Share / classes
}

// FitLabelNoise finds the share of wrong labels that explains the given ones best,
// from calibrated probabilities, each row by a classifier that has not seen the
// image. Hard images have labels that are unlikely, too, but only as often as the
// probabilities say: what is beyond that is noise. A row is asked for once, in
// order, and valid until the next is asked for. When ctx is done it returns ctx's
// cause.
//
// It maximises the posterior of the mixture (1 − Share) · p^exponent + Share / classes,
// p^exponent being normalised. The prior of the share is as if in 50 labels one had
// been found wrong, that of the exponent log-normal around 1.
func FitLabelNoise(ctx context.Context, probabilities func(i int) []float64, labels []int, classes int) (*LabelNoise, error) {
	table := make([][]float32, len(exponents)) // of each exponent, the labels' probabilities
	for j := range table {
		table[j] = make([]float32, len(labels))
	}
	var row [len(exponents)]float64
	for i, label := range labels {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		labelPowers(probabilities(i), label, &row)
		for j, p := range row {
			table[j][i] = float32(p)
		}
	}
	best, most := &LabelNoise{}, math.Inf(-1)
	for j, exponent := range exponents {
		n := &LabelNoise{Share: fitShare(table[j], classes), exponent: exponent}
		n.drawn = n.Share / float64(classes)
		if fit := n.logPosterior(table[j]); fit > most {
			best, most = n, fit
		}
	}
	return best, nil
}

// Wrong returns the probability that a label is wrong whose own probability is p.
// It falls as p rises.
func (n *LabelNoise) Wrong(p float64) float64 {
	power, rest := math.Pow(p, n.exponent), math.Pow(1-p, n.exponent)
	right := power / (power + rest)
	return n.drawn * (1 - right) / ((1-n.Share)*right + n.drawn)
}

// exponents are tried: multiples of a quarter, for labelPowers' sake.
var exponents = [...]float64{0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4}

// labelPowers sets the normalised power of the label's probability for each of
// the exponents.
func labelPowers(p []float64, label int, of *[len(exponents)]float64) {
	var sums [len(exponents)]float64
	largest := slices.Max(p)
	for k, v := range p {
		if v < 1e-16*largest && k != label {
			continue // adds nothing, and of many classes most are so
		}
		root := math.Sqrt(v / largest)
		power, quarter := root, math.Sqrt(root)
		for j := range sums {
			sums[j] += power
			if k == label {
				of[j] = power
			}
			power *= quarter
		}
	}
	for j, sum := range sums {
		of[j] /= sum
	}
}

// The prior of the share is Beta(1 + priorWrong, 1 + priorRight).
const (
	priorWrong = 1
	priorRight = 49
)

// fitShare returns the share that is likeliest. The slope of the log posterior
// falls from +∞ to −∞, and its root is found by bisection.
func fitShare(right []float32, classes int) float64 {
	slope := func(share float64) float64 {
		sum := priorWrong/share - priorRight/(1-share)
		for _, p := range right {
			drawn := 1 / float64(classes)
			sum += (drawn - float64(p)) / ((1-share)*float64(p) + share*drawn)
		}
		return sum
	}
	low, high := 0.0, 1.0
	for range 40 {
		if middle := (low + high) / 2; slope(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

func (n *LabelNoise) logPosterior(right []float32) float64 {
	spread := math.Log(n.exponent)
	sum := priorWrong*math.Log(n.Share) + priorRight*math.Log(1-n.Share) - spread*spread/2
	for _, p := range right {
		sum += math.Log((1-n.Share)*float64(p) + n.drawn)
	}
	return sum
}
