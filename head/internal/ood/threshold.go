package ood

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mathext"
)

// Lost is the share of new images of the classes that will score above the
// threshold, though they belong to the classes.
type Lost struct {
	Expected  float64 // mean over all training images that might have been drawn
	Low, High float64 // 95 % confidence interval
}

// threshold returns a score that the given share of new images will not exceed,
// from scores that each were given without the group's own references. Scores
// stand for as many images as their weights say.
//
// Of n independent scores in ascending order, the k-th is exceeded by the share
// 1 − k/(n+1) of new ones in the mean (conformal prediction; Vovk, Gammerman and
// Shafer: Algorithmic learning in a random world, 2005), and by a share from the
// beta distribution of n+1−k and k. So the threshold is the score of rank
// k = share · (n+1), which is between two scores, or the largest score where there
// are too few for the share. With weights or groups, n is the number of scores of
// equal weights that are worth as much (Kish: Survey sampling, 1965).
//
// The interval goes one rank further on both sides, as scores share references and
// each is by fewer references than those of new images: 96 % of 300 intervals, each
// of 30 cats and 30 dogs, then covered the share of 940 others, and 91 % without.
func threshold(scores, weights []float64, groups []int, share float64) (float64, Lost) {
	n := effective(weights, groups)
	k := min(share*(n+1), n)
	lost := Lost{Expected: 1 - k/(n+1), High: 1}
	if k+1 <= n {
		lost.Low = mathext.InvRegIncBeta(n-k, k+1, 0.025)
	}
	if k > 1 {
		lost.High = mathext.InvRegIncBeta(n+2-k, k-1, 0.975)
	}
	if k == n {
		return slices.Max(scores), lost
	}
	return scoreOfRank(scores, weights, k, n), lost
}

// effective returns how many groups of equal weights tell as much as these.
func effective(weights []float64, groups []int) float64 {
	byGroup := make(map[int]float64, len(groups))
	for i, g := range groups {
		byGroup[g] += weights[i]
	}
	var squares float64
	for _, g := range groups { // not over the map, for the same sum each time
		squares += byGroup[g] * byGroup[g]
		byGroup[g] = 0
	}
	all := floats.Sum(weights)
	return all * all / squares
}

// scoreOfRank returns the score of rank k among n that are given by more or fewer
// scores with weights: the mean of scores from rank k-1 to rank k. Of n equal
// weights, it is interpolated between the two scores whose ranks are next to k.
func scoreOfRank(scores, weights []float64, k, n float64) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	unit := n / floats.Sum(weights)
	var from, sum, covered float64 // ranks
	for _, i := range order {
		to := from + weights[i]*unit
		if within := min(to, k) - max(from, k-1, 0); within > 0 {
			sum += within * scores[i]
			covered += within
		}
		from = to
	}
	return sum / covered
}
