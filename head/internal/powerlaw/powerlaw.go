// Package powerlaw fits the law by which errors fall as there is more to learn from:
// a + b·n^−c, where n is the number of images (Cortes, Jackel, Solla, Vapnik, Denker:
// Learning curves: asymptotic values and rate of convergence, 1994; measured for deep
// networks by Hestness et al.: Deep learning scaling is predictable, empirically,
// 2017).
package powerlaw

import "math"

// A Law gives the error A + B·n^−C of learning from n images.
type Law struct {
	A float64 `json:"floor"`    // error that stays with any number of images, 0 or more
	B float64 `json:"scale"`    // negative where the error rises, as chance may have it
	C float64 `json:"exponent"` // between Slowest and Fastest
}

// The limits of C. Errors that fall by a slower law cannot be told from those that
// stay, as the numbers of images differ by a factor of a thousand at most. By a faster
// one none falls that is left to fall: what parameters are off by falls as 1/n, and
// measured exponents are below that (Cortes et al. found 0.5 to 1, Hestness et al. less).
// The first images of a curve may bring more; without the limit they would tell that the
// last ones bring nothing.
const (
	Slowest = 0.1
	Fastest = 1
	steps   = 40 // in between, in equal ratios
)

// At returns the error of learning from n images.
func (l Law) At(n float64) float64 { return l.A + l.B*math.Pow(n, -l.C) }

// Fit returns the law with the least sum of weight · squared difference from errors
// y at n images. There must be two numbers of images or more, and weights above 0.
func Fit(n, y, weights []float64) Law {
	var best Law
	least := math.Inf(1)
	for i := range steps + 1 {
		c := Slowest * math.Pow(Fastest/Slowest, float64(i)/steps)
		l := fitLine(n, y, weights, c)
		var sum float64
		for i := range n {
			d := y[i] - l.At(n[i])
			sum += weights[i] * d * d
		}
		if sum < least {
			best, least = l, sum
		}
	}
	return best
}

// fitLine finds A and B for one C: a weighted straight line in n^−C.
func fitLine(n, y, weights []float64, c float64) Law {
	var sum, sumX, sumY, sumXX, sumXY float64
	for i, w := range weights {
		x := math.Pow(n[i], -c)
		sum += w
		sumX += w * x
		sumY += w * y[i]
		sumXX += w * x * x
		sumXY += w * x * y[i]
	}
	l := Law{C: c, B: (sum*sumXY - sumX*sumY) / (sum*sumXX - sumX*sumX)}
	l.A = (sumY - l.B*sumX) / sum
	if l.A < 0 {
		l.A, l.B = 0, sumXY/sumXX
	}
	return l
}
