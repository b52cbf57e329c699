package metrics

import (
	"context"
	"math"
	"slices"
)

// LabelNoise says how labels go wrong: one in some is not that of the image, but
// any of the classes, each as likely. Probabilities go wrong, too: of some groups,
// such as photos of one strange object, the classifier knows nothing. Where several
// images of a group with one label are all unlikely to be of it, that is likelier
// than as many wrong labels.
type LabelNoise struct {
	Share    float64   // of the labels that are drawn so; 1/classes of these are right by chance
	exponent float64   // of the probabilities, which are too even if wrong labels calibrated them
	drawn    float64   // Share / classes
	strange  float64   // share of groups' labels of which the classifier knows nothing
	sets     [][]int   // rows of one group with one label
	known    []float64 // of each row, the probability that the classifier knows its group
}

// FitLabelNoise finds the share of wrong labels that explains the given ones best,
// from calibrated probabilities, each row by a classifier that has not seen the
// image. Hard images have labels that are unlikely, too, but only as often as the
// probabilities say: what is beyond that is noise. A row is asked for once, in
// order, and valid until the next is asked for. Images of a group have the same
// number in groups; nil means that each is alone. When ctx is done it returns ctx's
// cause.
//
// It maximises the posterior of the mixture (1 − Share) · p^exponent + Share / classes,
// p^exponent being normalised, which images of a group with one label share with
// one of chance for all of them. The prior of the share is as if in 50 labels one
// had been found wrong, that of the exponent log-normal around 1, that of strange
// groups as if one in ten had been.
func FitLabelNoise(ctx context.Context, probabilities func(i int) []float64, labels, groups []int, classes int) (*LabelNoise, error) {
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
	sets := severalAlike(labels, groups)
	best, most := &LabelNoise{}, math.Inf(-1)
	for j, exponent := range exponents {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		n := &LabelNoise{exponent: exponent, sets: sets}
		if fit := n.fit(table[j], classes); fit > most {
			best, most = n, fit
		}
	}
	return best, nil
}

// severalAlike lists the rows of each group with one label, where those are two or
// more.
func severalAlike(labels, groups []int) [][]int {
	if groups == nil {
		return nil
	}
	at := map[[2]int]int{}
	var sets [][]int
	for i, label := range labels {
		key := [2]int{groups[i], label}
		if _, seen := at[key]; !seen {
			at[key] = len(sets)
			sets = append(sets, nil)
		}
		sets[at[key]] = append(sets[at[key]], i)
	}
	return slices.DeleteFunc(sets, func(rows []int) bool { return len(rows) < 2 })
}

// fit finds the shares by expectation and maximisation, and returns the logarithm
// of the posterior.
func (n *LabelNoise) fit(right []float32, classes int) float64 {
	n.strange = priorStrange
	n.known = slices.Repeat([]float64{1}, len(right))
	if len(n.sets) == 0 {
		n.fitShare(right, classes)
		return n.logPosterior(right, classes)
	}
	var fit float64
	for range 15 {
		n.fitShare(right, classes)
		fit = n.logPosterior(right, classes)
		strange := 1.0
		for _, rows := range n.sets {
			strange += 1 - n.known[rows[0]]
		}
		n.strange = strange / (1/priorStrange + float64(len(n.sets)))
	}
	return fit
}

// Known returns the probability that the classifier knows the group of image i, and
// so whether its label is wrong.
func (n *LabelNoise) Known(i int) float64 { return n.known[i] }

// Wrong returns the probability that a label is wrong whose own probability is p,
// if the image's group is known. It falls as p rises.
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
	priorWrong   = 1
	priorRight   = 49
	priorStrange = 0.1
)

// fitShare finds the share that is likeliest, of rows whose group is known. The
// slope of the log posterior falls from +∞ to −∞, and its root is found by
// bisection.
func (n *LabelNoise) fitShare(right []float32, classes int) {
	drawn := 1 / float64(classes)
	slope := func(share float64) float64 {
		sum := priorWrong/share - priorRight/(1-share)
		for i, p := range right {
			sum += n.known[i] * (drawn - float64(p)) / ((1-share)*float64(p) + share*drawn)
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
	n.Share = (low + high) / 2
	n.drawn = n.Share * drawn
}

// logPosterior also sets which groups are known.
func (n *LabelNoise) logPosterior(right []float32, classes int) float64 {
	spread := math.Log(n.exponent)
	sum := priorWrong*math.Log(n.Share) + priorRight*math.Log(1-n.Share) - spread*spread/2
	log := func(i int) float64 { return math.Log((1-n.Share)*float64(right[i]) + n.drawn) }
	for i := range right {
		sum += log(i)
	}
	for _, rows := range n.sets {
		strange, known := math.Log(n.strange)-float64(len(rows))*math.Log(float64(classes)), math.Log(1-n.strange)
		for _, i := range rows {
			known += log(i)
			sum -= log(i)
		}
		either := max(strange, known) + math.Log1p(math.Exp(-math.Abs(strange-known)))
		sum += either
		for _, i := range rows {
			n.known[i] = math.Exp(known - either)
		}
	}
	return sum
}
