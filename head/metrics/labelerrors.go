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
// had been found wrong, that of the exponent log-normal around 1 up to what
// wrong labels can explain, that of strange groups as if one in ten had been.
func FitLabelNoise(ctx context.Context, probabilities func(i int) []float64, labels, groups []int, classes int) (*LabelNoise, error) {
	table := make([][]float32, len(exponents)) // of each exponent, the labels' probabilities
	for j := range table {
		table[j] = make([]float32, len(labels))
	}
	var row [len(exponents)]float64
	var sums powers
	for i, label := range labels {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		sums.add(probabilities(i), label, &row)
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
		if !sums.explained(j) {
			break
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
		return n.logPosterior(right)
	}
	var fit float64
	for range 15 {
		n.fitShare(right, classes)
		fit = n.logPosterior(right)
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

// KnownGroup returns the same for a group that was not fitted: p are the probabilities
// that its images with one label are of it. A single image is known.
func (n *LabelNoise) KnownGroup(p []float64) float64 {
	if len(p) < 2 {
		return 1
	}
	sum := 0.0
	for _, p := range p {
		sum += n.log(n.power(p))
	}
	_, known := n.group(len(p), sum)
	return known
}

// Wrong returns the probability that a label is wrong whose own probability is p,
// if the image's group is known. It falls as p rises.
func (n *LabelNoise) Wrong(p float64) float64 {
	right := n.power(p)
	return n.drawn * (1 - right) / ((1-n.Share)*right + n.drawn)
}

// power normalises p^exponent as if there were two classes.
func (n *LabelNoise) power(p float64) float64 {
	power, rest := math.Pow(p, n.exponent), math.Pow(1-p, n.exponent)
	return power / (power + rest)
}

// exponents are tried: multiples of a quarter, for add's sake.
var exponents = [...]float64{0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4}

const exponentOne = 2 // the index of 1

// maxShare is the largest share of labels drawn at random that may explain why the
// probabilities are too even.
const maxShare = 0.2

// powers adds up the expected logarithms of probabilities where the classes are
// distributed as powers of these, and where each is as likely.
type powers struct {
	logs    [len(exponents)]float64
	uniform float64
}

// explained reports whether few enough labels drawn at random would make the
// probabilities as even as they are, had they been right with exponent j.
// Probabilities p are calibrated if their expected logarithm is what they say
// themselves (the temperature is a maximum of the likelihood there), so the share is
// that with which (1 − share) · p^exponent + share / classes has the expectation of p.
// A weak classifier is even without any: a high power would make its unlikely
// classes all but impossible, and their labels wrong.
func (s *powers) explained(j int) bool {
	return j <= exponentOne || s.logs[j]-s.logs[exponentOne] <= maxShare*(s.logs[j]-s.uniform)
}

// add adds a row, and sets the normalised power of the label's probability for each
// of the exponents.
func (s *powers) add(p []float64, label int, of *[len(exponents)]float64) {
	const least = 1e-16
	var sums, logs [len(exponents)]float64
	uniform := 0.0
	largest := slices.Max(p)
	for k, v := range p {
		log := math.Log(max(v, least))
		uniform += log
		if v < least*largest && k != label {
			continue // adds nothing else, and of many classes most are so
		}
		root := math.Sqrt(v / largest)
		power, quarter := root, math.Sqrt(root)
		for j := range sums {
			sums[j] += power
			logs[j] += power * log
			if k == label {
				of[j] = power
			}
			power *= quarter
		}
	}
	for j, sum := range sums {
		of[j] /= sum
		s.logs[j] += logs[j] / sum
	}
	s.uniform += uniform / float64(len(p))
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
func (n *LabelNoise) logPosterior(right []float32) float64 {
	spread := math.Log(n.exponent)
	sum := priorWrong*math.Log(n.Share) + priorRight*math.Log(1-n.Share) - spread*spread/2
	for _, p := range right {
		sum += n.log(float64(p))
	}
	for _, rows := range n.sets {
		alone := 0.0
		for _, i := range rows {
			alone += n.log(float64(right[i]))
		}
		either, known := n.group(len(rows), alone)
		sum += either - alone
		for _, i := range rows {
			n.known[i] = known
		}
	}
	return sum
}

// log returns the logarithm of a label's likelihood, right being its probability
// if it was not drawn.
func (n *LabelNoise) log(right float64) float64 { return math.Log((1-n.Share)*right + n.drawn) }

// group returns the logarithm of the likelihood of a group's images with one label,
// and the probability that the classifier knows the group. alone is that logarithm
// if it does.
func (n *LabelNoise) group(images int, alone float64) (either, known float64) {
	strange := math.Log(n.strange) + float64(images)*math.Log(n.drawn/n.Share)
	alone += math.Log(1 - n.strange)
	either = max(strange, alone) + math.Log1p(math.Exp(-math.Abs(strange-alone)))
	return either, math.Exp(alone - either)
}
